// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A run that is killed at some moment, on hosts that count their executions themselves; what the
/// journal says of it, and what going on with it does.
package struct KilledRun {
    /// How often runs are killed: `LASTCALL_KILLS` (`Scripts/kills`), or a few times.
    package static let count = getenv("LASTCALL_KILLS").flatMap { Int(String(cString: $0)) }

    private let hosts: [String]
    private let options: [String]
    private let directory: String
    private let command: [String]
    private let settle: () async throws -> Void

    /// - Parameters:
    ///   - hosts: the targets.
    ///   - options: how they are reached.
    ///   - directory: an empty one, in which `count/HOST` gets a line from each execution.
    ///   - command: what adds it.
    ///   - settle: waits until the commands that a killed run has left behind have ended.
    package init(
        hosts: [String], options: [String], directory: String, command: [String],
        settle: @escaping () async throws -> Void
    ) {
        self.hosts = hosts
        self.options = options
        self.directory = directory
        self.command = command
        self.settle = settle
        mkdir(directory + "/count", 0o777)
        chmod(directory + "/count", 0o777)
    }

    /// Kills a run so long after its start, and looks.
    ///
    /// - Returns: whether it was killed before its end, and what is wrong.
    package func play(
        killedAfterMilliseconds wait: Int
    ) async throws -> (wasKilled: Bool, faults: [String]) {
        let run = try await lastcall(
            ["run"] + options + ["-w", hosts.joined(separator: ","), "--"] + command
        ) { process in
            usleep(UInt32(wait) * 1_000)
            process.signal(SIGKILL)
        }
        try await settle()
        return (run.wasKilled, try await faults())
    }

    private func faults() async throws -> [String] {
        let before = try counts()
        let database = directory + "/state/lastcall/journal.sqlite"
        guard access(database, F_OK) == 0 else {
            return before.allSatisfy { $0 == 0 } ? [] : ["it ran before there was a journal"]
        }
        let sound = try await lastcall(["history", "verify"])
        var faults = sound.status == 0 ? [] : [sound.output + sound.error]
        let asked = try await Lastcall.start(
            ["sqlite3", database, "SELECT state FROM host ORDER BY target"], input: [],
            environment: [:])
        guard asked.status == 0 else { return faults + ["no answer in SQL: \(asked.error)"] }
        let states = asked.output.split(separator: "\n").map(String.init)
        guard !states.isEmpty else {
            return before.allSatisfy { $0 == 0 } ? faults : ["it ran before it was recorded"]
        }
        for (host, state) in states.enumerated() where !Self.allowed(state).contains(before[host]) {
            faults.append("\(hosts[host]) is \(state), and has counted \(before[host])")
        }
        return faults + (try await faultsOfGoingOn(states))
    }

    /// How often a command may have run on a host in a state.
    private static func allowed(_ state: String) -> ClosedRange<Int> {
        if isNever(state) { return 0...0 }
        return state == "ok" ? 1...1 : 0...1
    }

    private static func isNever(_ state: String) -> Bool {
        ["pending", "not-started", "not-reached"].contains(state)
    }

    private static func isUnknown(_ state: String) -> Bool {
        ["started", "running", "closing"].contains(state)
    }

    /// Runs what certainly has not run: never twice, and nobody who is certain is left out.
    private func faultsOfGoingOn(_ states: [String]) async throws -> [String] {
        var faults: [String] = []
        let (never, unknown) = (
            states.contains(where: Self.isNever), states.contains(where: Self.isUnknown)
        )
        if unknown {
            let asked = try await lastcall(["again", "--unfinished"])
            if asked.status != 2 || !asked.error.contains("--at-least-once") {
                faults.append("it did not ask: \(asked.status) \(asked.error)")
            }
        }
        let again = try await lastcall(["again", "--unfinished", "--at-most-once"])
        if again.status != (never ? 0 : 2) { faults.append("again: \(again.error)") }
        let after = try counts()
        for (host, state) in states.enumerated() {
            let allowed = Self.isUnknown(state) ? 0...1 : 1...1
            if !allowed.contains(after[host]) {
                faults.append("\(hosts[host]), once \(state), has then counted \(after[host])")
            }
        }
        guard never, unknown else { return faults }
        // The first run's unfinished hosts have run meanwhile; only the unknown ones are left.
        let rest = try await lastcall(["again", "last~1", "--unfinished", "--at-least-once"])
        if rest.status != 0 { faults.append("again, at least once: \(rest.error)") }
        let final = try counts()
        for (host, state) in states.enumerated()
        where final[host] != after[host] + (Self.isUnknown(state) ? 1 : 0) {
            faults.append("\(hosts[host]), once \(state), has at last counted \(final[host])")
        }
        return faults
    }

    /// How often the command ran, by host.
    private func counts() throws -> [Int] {
        try hosts.map { host in
            let file = "\(directory)/count/\(host)"
            guard access(file, F_OK) == 0 else { return 0 }
            return try SmallFile.read(file).split(separator: "\n").count
        }
    }

    private func lastcall(
        _ words: [String], _ body: (LiveProcess) async throws -> Void = { _ in }
    ) async throws -> ProcessResult {
        try await Lastcall.run(words, environment: ["XDG_STATE_HOME": directory + "/state"], body)
    }
}
