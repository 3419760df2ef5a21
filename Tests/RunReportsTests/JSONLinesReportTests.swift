// SPDX-License-Identifier: Apache-2.0

import Foundation
import RunModel
import RunReports
import SeededRandom
import Testing

@Suite struct `JSON lines` {
    @Test func `tell every event of a run`() {
        let note = ClosingNote(closedFirst: "remote", leftHere: "nothing", localPort: 1_010)
        let refused = HostFailure(.permissionDenied, "he said \"no\"\n\u{1b}[2J\u{2028}\u{202e}")
        let result = written(
            by: JSONLinesReport(names: names(3)),
            [
                .happened(.began(targets: 3)),
                .happened(.connecting(host: 0), at: 0.25),
                .happened(.waiting(host: 0, reason: "no free port"), at: 0.5),
                .happened(.running(host: 0), at: 1),
                .out(0, "a\tb\\\r\n", at: 2),
                .bytes(0, [0xff, 0, 10], .standardError),
                .happened(.notice(host: 0, text: "slow"), at: 3),
                .happened(.closing(host: 0), at: 4),
                .happened(.ended(host: 0, outcome: .exited(3), closing: note), at: 5),
                .ended(1, .notReached(refused), at: 6),
                .happened(
                    .interrupted(
                        .status([PendingHost(host: 2, phase: .running, since: .seconds(0.5))])),
                    at: 7),
                .happened(.interrupted(.stopping(signal: 2)), at: 8),
                .happened(.interrupted(.aborting(signal: 2)), at: 9),
                .finished(
                    [.exited(3), .notReached(refused), .cancelled(.running)], after: 10,
                    stoppedBy: 2),
            ])
        #expect(
            result.output == #"""
                {"v":1,"time":0.000000000,"event":"began","targets":3}
                {"v":1,"time":0.250000000,"event":"connecting","host":"node0","target":0}
                {"v":1,"time":0.500000000,"event":"waiting","host":"node0","target":0,"reason":"no free port"}
                {"v":1,"time":1.000000000,"event":"running","host":"node0","target":0}
                {"v":1,"time":2.000000000,"event":"output","host":"node0","target":0,"stream":"stdout","text":"a\tb\\\r\n"}
                {"v":1,"time":0.000000000,"event":"output","host":"node0","target":0,"stream":"stderr","base64":"/wAK"}
                {"v":1,"time":3.000000000,"event":"notice","host":"node0","target":0,"message":"slow"}
                {"v":1,"time":4.000000000,"event":"closing","host":"node0","target":0}
                {"v":1,"time":5.000000000,"event":"ended","host":"node0","target":0,"outcome":"failed","code":3,"closing":{"closed_first":"remote","left_here":"nothing","local_port":1010}}
                {"v":1,"time":6.000000000,"event":"ended","host":"node1","target":1,"outcome":"not-reached","failure":{"kind":"permission-denied","message":"he said \"no\"\n\u001b[2J\u2028\u202e"}}
                {"v":1,"time":7.000000000,"event":"interrupted","action":"status","pending":[{"host":"node2","target":2,"phase":"running","since":0.500000000}]}
                {"v":1,"time":8.000000000,"event":"interrupted","action":"stopping","signal":2}
                {"v":1,"time":9.000000000,"event":"interrupted","action":"aborting","signal":2}
                {"v":1,"time":10.000000000,"event":"ended","host":"node2","target":2,"outcome":"cancelled","phase":"running"}
                {"v":1,"time":10.000000000,"event":"finished","duration":10.000000000,"targets":3,"totals":{"ok":0,"failed":1,"signalled":0,"no-status":0,"not-reached":1,"timed-out":0,"cancelled":1,"not-started":0},"stopped_by":2}

                """#)
        #expect(result.error == "")
    }

    @Test(arguments: 0..<12)
    func `give back every byte, however it was cut`(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        let alphabet: [[UInt8]] =
            ["a", "\"", "\\", "\n", "\u{0}", "é", "日", "👍", "\u{9b}", "\u{2028}", "\u{2069}"]
            .map { Array($0.utf8) }
            + (seed.isMultiple(of: 2) ? [] : [[0xff], [0xe2, 0x82], [0x80]])
        var sent: [UInt8] = []
        for _ in 0..<400 { sent += alphabet.randomElement(using: &random) ?? [] }
        var events: [RunEvent] = []
        var rest = sent[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...9, using: &random))
            events.append(.bytes(0, Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        events += [.ended(0), .finished([.exited(0)])]
        let result = written(by: JSONLinesReport(names: names(1)), events)
        var received: [UInt8] = []
        for line in result.standardOutput.split(separator: 10) {
            #expect(!line.contains { $0 < 0x20 || $0 == 0x7f })
            let parsed = try JSONSerialization.jsonObject(with: Data(line))
            let object = try #require(parsed as? [String: Any])
            #expect(object["v"] as? Int == 1)
            if let text = object["text"] as? String { received += Array(text.utf8) }
            if let text = object["base64"] as? String {
                #expect(!seed.isMultiple(of: 2), "valid UTF-8 is always text")
                received += try #require(Data(base64Encoded: text))
            }
        }
        #expect(received == sent)
    }

    @Test func `end every target once`() {
        let result = written(
            by: JSONLinesReport(names: names(3)),
            [.ended(1), .finished([.exited(0), .exited(0), .notStarted])])
        let ends = result.output.split(separator: "\n").filter { $0.contains("\"ended\"") }
        #expect(ends.count == 3)
        #expect(ends.last?.contains("\"outcome\":\"not-started\"") == true)
    }
}
