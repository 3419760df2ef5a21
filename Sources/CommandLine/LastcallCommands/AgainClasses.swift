// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostSets
import RunJournal
import RunModel

/// Classes of hosts of a recorded run.
struct AgainClasses: ParsableArguments {
    @Flag(help: "Hosts that certainly have not run the command; asks about those that may have.")
    var unfinished = false

    @Flag(help: "Hosts whose command failed or died of a signal.")
    var failed = false

    @Flag(help: "Hosts that were not reached.")
    var unreached = false

    @Flag(name: .customLong("timed-out"), help: "Hosts that timed out.")
    var timedOut = false

    @Flag(help: "Hosts that ended ok.")
    var ok = false

    @Option(help: ArgumentHelp("Hosts whose command ended with this.", valueName: "code"))
    var exit: [Int] = []

    @Option(
        name: [.customShort("w"), .long],
        help: ArgumentHelp("Only these hosts; alone: these hosts.", valueName: "pattern"))
    var hosts: [String] = []

    @Option(
        name: [.customShort("x"), .long],
        help: ArgumentHelp("Not these hosts.", valueName: "pattern"))
    var exclude: [String] = []

    func validate() throws {
        guard unfinished || failed || unreached || timedOut || ok || !exit.isEmpty || !hosts.isEmpty
        else {
            throw ValidationError(
                "which hosts? --unfinished, --failed, --unreached, --timed-out, --exit N, --ok, or -w HOSTS"
            )
        }
    }

    /// The states in which a host may be that is chosen; `nil` where all must be looked at.
    var states: Set<String>? {
        guard hosts.isEmpty, exclude.isEmpty else { return nil }
        var states: Set<String> = []
        if unfinished {
            states.formUnion(["pending", "started", "running", "closing", "no-status"])
            states.formUnion(["not-reached", "timed-out", "cancelled", "not-started"])
        }
        if failed { states.formUnion(["failed", "signalled"]) }
        if unreached { states.insert("not-reached") }
        if timedOut { states.insert("timed-out") }
        if ok { states.insert("ok") }
        if !exit.isEmpty { states.formUnion(["ok", "failed"]) }
        return states
    }

    /// The hosts of a run that `-w` and `-x` leave.
    func part(of all: [HostRecord]) throws(UsageError) -> [HostRecord] {
        if hosts.isEmpty, exclude.isEmpty { return all }
        let selection: HostSelection
        do throws(HostSelectionFault) {
            selection = try HostSelection(
                including: hosts.isEmpty ? all.map(\.name) : hosts, excluding: exclude,
                reading: { try HostListFile.read($0, limit: HostLimits().bytes) })
        } catch {
            throw UsageError("\(error)")
        }
        let names = Set(selection.hosts.map(\.description))
        let part = all.filter { names.contains($0.name) }
        guard part.count == names.count else {
            let strangers = names.subtracting(part.map(\.name)).sorted()
            throw UsageError("-w: no hosts of that run: \(strangers.joined(separator: ", "))")
        }
        return part
    }

    /// Whether a host belongs to one of the classes that are outcomes, or none was asked for.
    func holds(_ host: HostRecord) -> Bool {
        guard failed || unreached || timedOut || ok || !exit.isEmpty else { return !unfinished }
        switch host.state {
        case .pending, .open: return false
        case .ended(.exited(0)): return ok || exit.contains(0)
        case .ended(.exited(let code)): return failed || exit.contains(code)
        case .ended(.signalled): return failed
        case .ended(.notReached): return unreached
        case .ended(.timedOut): return timedOut
        case .ended(.noStatus), .ended(.cancelled), .ended(.notStarted): return false
        }
    }
}
