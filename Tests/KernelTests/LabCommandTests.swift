// SPDX-License-Identifier: Apache-2.0

import ClosingLab
import Foundation
import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(2))) struct `lastcall lab closing` {
    @Test func `prints every event of an order`() async throws {
        let result = try await Lastcall.run(["lab", "closing", "--order", "a-a1-b1-b-b2-a2"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        let events = result.output.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(events.first == "  A closes")
        #expect(events.contains("    sent    B: FIN,ACK seq 0 ack 1"))
        #expect(events.contains("    both    TIME-WAIT / CLOSED"))
        #expect(result.output.hasSuffix("\n1 order, 0 disagreements\n"))
    }

    @Test func `plays a layer and a scene for who may make no networks but in a user namespace`()
        async throws
    {
        let result = try await Lastcall.shell(
            #"""
            exec setpriv --bounding-set=-sys_admin "$LASTCALL" lab closing --wire packet \
                --layer in-order --scene killed-idle
            """#)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("wire over packet sockets"))
        #expect(result.output.hasSuffix("12 orders, 0 disagreements; 1 scene, 0 differ\n"))
    }

    @Test func `says what is missing where no networks may be made`() async throws {
        let result = try await Lastcall.shell(
            #"""
            exec unshare --user --map-root-user --net sh -c '
                echo 0 >/proc/sys/user/max_user_namespaces
                exec setpriv --bounding-set=-sys_admin "$LASTCALL" lab closing'
            """#)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error.contains("unshare(CLONE_NEWUSER): "))
        #expect(result.error.contains("sysctl user.max_user_namespaces"))
        #expect(result.error.contains("`lastcall closing` needs none of this"))
    }

    @Test(arguments: [
        (
            ["--layer", "sideways"],
            "--layer: there is no 'sideways'; there are\n    in-order, any-order, "
        ),
        (
            ["--scene", "macbeth"],
            "--scene: there is no 'macbeth'; there are\n    local-closes-first, "
        ),
        (["--wire", "string"], "--wire: there is no 'string'; there are\n    tun, packet\n"),
        (["--layer", "timers-1"], "--layer: 'timers-1' is not replayed, as each of its orders "),
        (["--every-time-line"], "--every-time-line is about the page: name one with --html"),
        (["--order", ""], "--order: no order is named\n"),
        (["--order", "a-b-b7"], "--order: part 3, `b7`, cannot happen there; can: a1 "),
        (["--json", "-"], "--json -: standard output has the report in words; name a file"),
        (["--html", "-"], "--html -: standard output has the report in words; name a file"),
        (["--json", "/nowhere/at/all"], "--json: cannot write '/nowhere/at/all': No such"),
    ])
    func `lists what exists for a name that does not`(
        words: [String], beginning: String
    ) async throws {
        let result = try await Lastcall.run(["lab", "closing"] + words)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error.hasPrefix("lastcall: " + beginning), "\(result.error)")
    }

    @Test func `lists every layer and scene`() async throws {
        let result = try await Lastcall.run(["lab", "closing", "--list"])
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        let names = lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(names == ReplayedLayer.all.map(\.name) + Scene.all.map(\.name))
        #expect(result.output.contains("  in-order                  (a) 12 orders: "))
        let layers = lines.compactMap { $0.wholeMatch(of: /([a-h](?:-[a-h])?): .*/)?.1 }
        #expect(layers == ["a-c", "d", "e", "f", "g", "h"])
    }

    @Test func `keeps a record of every event, and a page`() async throws {
        let files = FileManager.default.temporaryDirectory
            .appending(path: "lastcall-lab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let json = files.appending(path: "record.json")
        let html = files.appending(path: "page.html")
        let result = try await Lastcall.run([
            "lab", "closing", "--layer", "in-order", "--scene", "unread-data", "--json", json.path,
            "--html", html.path,
        ])
        #expect(result.status == 0, "\(result.error)")

        let lines = try String(contentsOf: json, encoding: .utf8).split(separator: "\n")
        let objects = try lines.map {
            try #require(
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let types = objects.compactMap { $0["type"] as? String }
        #expect(types == ["lab"] + Array(repeating: "order", count: 12) + ["scene", "end"])
        let orders = objects.filter { $0["type"] as? String == "order" }
        let events = orders.compactMap { ($0["events"] as? [[String: Any]])?.count }
        #expect(events.reduce(0, +) == 72)
        #expect(objects.last?["events"] as? Int == 72)
        #expect(orders.allSatisfy { $0["agrees"] as? Bool == true })
        let first = try #require((orders.first?["events"] as? [[String: Any]])?.first)
        let kernel = try #require(first["kernel"] as? [String: [String: Any]])
        #expect(kernel["a"]?["state"] as? String == "FIN-WAIT-1")
        #expect(kernel["a"]?["timer"] as? String == "retransmission")

        let scene = try #require(objects.first { $0["type"] as? String == "scene" })
        #expect(scene["layer"] as? String == "d")
        #expect(scene["verdict"] as? String == "true")

        let page = try String(contentsOf: html, encoding: .utf8)
        #expect(page.components(separatedBy: "<svg").count == 13)
        #expect(page.contains("<tr id=\"unread-data\">"))
        // The name space of SVG is the only address in it.
        let addresses = page.matches(of: #/https?:\/\/[^"\s<]*/#).map { String($0.0) }
        #expect(Set(addresses).isSubset(of: ["http://www.w3.org/2000/svg"]))
    }

    @Test func `leaves nothing outside, also when it is killed`() async throws {
        func interfaces() throws -> Set<Substring> {
            Set(
                try String(contentsOfFile: "/proc/self/net/dev", encoding: .utf8)
                    .split(separator: "\n").compactMap { $0.split(separator: ":").first })
        }
        let before = try interfaces()
        let words = ["lab", "closing", "--slow", "--scene", "time-wait-length"]
        let result = try await Lastcall.run(words) { process in
            // The networks are there once the heading is.
            try await process.wait(for: "wire over")
            #expect(try interfaces() == before)
            process.signal(SIGKILL)
        }
        #expect(result.wasKilled)
        #expect(try interfaces() == before)
    }
}
