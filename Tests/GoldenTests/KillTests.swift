// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import SystemPackage
import Testing

/// Runs that are killed at random moments, on hosts that count their executions themselves.
///
/// `LASTCALL_KILLS` says how many (`Scripts/kills`); a few belong to every suite.
@Suite(.timeLimit(.minutes(30)))
struct `A run killed at any moment` {
    private static let kills = getenv("LASTCALL_KILLS").flatMap { Int(String(cString: $0)) } ?? 12
    private static let hosts = 24

    /// A directory with the state of `lastcall`, and one file per host with a line per execution.
    private struct World {
        let path: String

        init() throws {
            var template = Array("\(Lastcall.stateHome)-kill-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
            path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            mkdir(path + "/count", 0o700)
        }

        var environment: [String: String?] { ["XDG_STATE_HOME": path + "/state"] }

        /// How often the command ran, by host.
        func counts() throws -> [Int] {
            try (1...hosts)
                .map { host in
                    let file = "\(path)/count/n\(host)"
                    guard access(file, F_OK) == 0 else { return 0 }
                    return try SmallFile.read(file).split(separator: "\n").count
                }
        }

        func lastcall(_ words: [String]) async throws -> ProcessResult {
            try await Lastcall.run(words, environment: environment)
        }

        /// What a query of the journal finds.
        func ask(_ sql: String) async throws -> [String] {
            let database = path + "/state/lastcall/journal.sqlite"
            let result = try await Lastcall.start(
                ["sqlite3", database, sql], input: [], environment: [:])
            return result.output.split(separator: "\n").map(String.init)
        }

        func remove() async throws {
            _ = try await Lastcall.start(["rm", "-rf", path], input: [], environment: [:])
        }
    }

    @Test func `is in the journal as its hosts have counted it`() async throws {
        var interrupted = 0
        for number in 0..<Self.kills {
            let world = try World()
            if try await runAndKill(world, afterMilliseconds: Int.random(in: 0..<200)) {
                interrupted += 1
            }
            try await check(world, "kill \(number)")
            try await world.remove()
        }
        #expect(interrupted > 0, "no kill came in time")
    }

    /// Starts a run and kills it.
    ///
    /// - Returns: whether it was killed before its end.
    private func runAndKill(_ world: World, afterMilliseconds wait: Int) async throws -> Bool {
        let script = #"echo ran >>"\#(world.path)/count/%h"; sleep 0.0%n"#
        let result = try await Lastcall.run(
            [
                "run", "--via", "exec", "-f", "5", "-w", "n[1-\(Self.hosts)]", "--", "sh", "-c",
                script,
            ],
            environment: world.environment
        ) { process in
            usleep(UInt32(wait) * 1_000)
            process.signal(SIGKILL)
        }
        return result.wasKilled
    }

    private func check(_ world: World, _ name: String) async throws {
        let before = try await settledCounts(world)
        guard access(world.path + "/state/lastcall/journal.sqlite", F_OK) == 0 else {
            #expect(before.allSatisfy { $0 == 0 }, "\(name): ran before there was a journal")
            return
        }
        let sound = try await world.lastcall(["history", "verify"])
        #expect(sound.output == "the journal is sound\n", "\(name): \(sound.output)\(sound.error)")
        let states = try await world.ask("SELECT state FROM host ORDER BY target")
        guard !states.isEmpty else {
            #expect(before.allSatisfy { $0 == 0 }, "\(name): ran before the run was recorded")
            return
        }
        for (host, state) in states.enumerated() {
            let allowed: ClosedRange<Int> =
                switch state {
                case "pending", "not-started", "not-reached": 0...0
                case "ok": 1...1
                default: 0...1
                }
            #expect(allowed.contains(before[host]), "\(name): n\(host + 1) is \(state)")
        }
        try await goOn(world, states, name)
    }

    /// Runs what certainly has not run: never twice, and nobody who is certain is left out.
    private func goOn(_ world: World, _ states: [String], _ name: String) async throws {
        let isUnknown = states.map { ["started", "running", "closing"].contains($0) }
        let isNever = states.map { ["pending", "not-started", "not-reached"].contains($0) }
        if isUnknown.contains(true) {
            let asked = try await world.lastcall(["again", "--unfinished"])
            #expect(asked.status == 2 && asked.error.contains("--at-least-once"), "\(name)")
        }
        let again = try await world.lastcall(["again", "--unfinished", "--at-most-once"])
        #expect(again.status == (isNever.contains(true) ? 0 : 2), "\(name): \(again.error)")
        let after = try world.counts()
        for host in 0..<Self.hosts {
            let allowed = isUnknown[host] ? 0...1 : 1...1
            #expect(allowed.contains(after[host]), "\(name): n\(host + 1), \(states[host])")
        }
        guard isNever.contains(true), isUnknown.contains(true) else { return }
        // The first run's unfinished hosts have run meanwhile; only the unknown ones are left.
        let rest = try await world.lastcall(["again", "last~1", "--unfinished", "--at-least-once"])
        #expect(rest.status == 0, "\(name): \(rest.error)")
        let final = try world.counts()
        for host in 0..<Self.hosts {
            #expect(final[host] == after[host] + (isUnknown[host] ? 1 : 0), "\(name)")
        }
    }

    /// The counts once the commands that the killed run left behind have ended.
    private func settledCounts(_ world: World) async throws -> [Int] {
        _ = try await Lastcall.start(
            [
                "sh", "-c",
                "while pgrep -f \"echo ran >>.*$1/count/\" >/dev/null; do sleep 0.02; done", "sh",
                world.path,
            ], input: [], environment: [:])
        return try world.counts()
    }
}
