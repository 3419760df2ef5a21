// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LiveProcesses

/// The fleet of real in.rshd that `Scripts/lab` raises, told by the environment.
enum RshLab {
    /// Whether the tests run inside it, with its troublesome servers.
    static let isHere =
        variable("LASTCALL_LAB") != nil && variable("LASTCALL_LAB_REFUSED") != nil

    static let isMissing = "run the tests as Scripts/test does: inside Scripts/lab --special"

    /// The number of server namespaces; each plays 256 hosts.
    static let serverCount = variable("LASTCALL_LAB_SERVERS").flatMap { Int($0) } ?? 0

    /// A directory that client and servers see.
    static let share = (variable("LASTCALL_LAB_STATE") ?? "") + "/share"

    /// Where `hungServer` listens.
    static let hungPort = 5140

    /// A Perl program that accepts connections and says nothing, until its standard input ends.
    static let hungServer = """
        use IO::Socket::INET;
        my $listener = IO::Socket::INET->new(LocalPort => \(hungPort), Listen => 100) or die $!;
        $| = 1; print "listening\\n";
        my $child = fork;
        if (!$child) { my @all; push @all, $listener->accept while 1; }
        1 while <STDIN>;
        kill 9, $child;
        """

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The first so many hosts of the fleet as a pattern, `10.20.[0-3].[0-255]`.
    static func hosts(_ count: Int) -> String {
        precondition(count % 256 == 0 || count < 256, "whole servers, or part of one")
        guard count >= 256 else { return "10.20.0.[0-\(count - 1)]" }
        let servers = count / 256
        return servers == 1 ? "10.20.0.[0-255]" : "10.20.[0-\(servers - 1)].[0-255]"
    }

    /// The troublesome servers, by the end of their variable's name; the first so many addresses.
    static func special(_ name: String, _ count: Int) -> String {
        let pattern = variable("LASTCALL_LAB_\(name)") ?? ""
        return pattern.replacing("[0-255]", with: count == 1 ? "0" : "[0-\(count - 1)]")
    }

    /// Runs a command over rsh and reads what `--json` tells.
    static func run(
        _ hosts: String, _ options: [String] = [], command: [String], input: [UInt8]? = [],
        _ body: (LiveProcess) async throws -> Void = { _ in }
    ) async throws -> RshRun {
        let result = try await Lastcall.run(
            ["run", "--via", "rsh", "--json", "-w", hosts] + options + ["--"] + command,
            input: input, body)
        return try RshRun(result)
    }

    /// What a program prints on a server; its exit status does not matter.
    static func onServer(_ name: String, _ words: [String]) async throws -> String {
        try await Lastcall.start(["lab-server", name] + words, input: [], environment: [:]).output
    }

    /// The processes of a server whose command lines hold a text.
    static func processes(_ server: String, with text: String) async throws -> [String] {
        try await onServer(server, ["pgrep", "-f", "--", text]).split(separator: "\n")
            .map(String.init)
    }

    /// Waits until no command line of a server holds a text; whether that came about.
    ///
    /// A process may be seen for an instant after its streams have ended.
    static func hasEnded(_ server: String, with text: String) async throws -> Bool {
        for _ in 0..<200 where try await processes(server, with: text).isEmpty {
            return true
        }
        return false
    }

    /// Ends what a test has left running on a server.
    static func end(_ server: String, with text: String) async throws {
        let left = try await processes(server, with: text)
        if !left.isEmpty { _ = try await onServer(server, ["kill", "-9"] + left) }
    }

    /// This machine's TCP sockets towards the rsh servers, one line of ss(8) each, but for those
    /// that listen: primary and stderr connections in any state.
    ///
    /// Of the server named, or of all but `timeWaitServer`.
    static func clientSockets(towards server: Int? = nil) async throws -> [String] {
        let network =
            server.map { "( dst 10.20.\($0).0/24 or dst 10.99.\($0).2 )" }
            ?? "not dst 10.20.\(timeWaitServer).0/24 and not dst 10.99.\(timeWaitServer).2"
        return
            try await Lastcall.shell(
                """
                ss -tanH '( dport = :514 or ( sport >= :512 and sport <= :1023 and \
                dport >= :512 and dport <= :1023 ) ) and \(network)'
                """
            )
            .output.split(separator: "\n").map(String.init)
    }

    /// The local ports of lines of ss(8).
    static func localPorts(_ lines: [String]) -> Set<Int> {
        Set(
            lines.compactMap { line in
                line.split(separator: " ").dropFirst(3).first?.split(separator: ":").last
                    .flatMap { Int($0) }
            })
    }

    /// The server with which tests leave TIME-WAIT here on purpose.
    static let timeWaitServer = serverCount - 1
}

/// One run over rsh, as `--json` told it.
struct RshRun {
    /// One line of `--json`.
    struct Event: Decodable {
        struct Failure: Decodable {
            var kind: String
            var message: String
        }

        struct Closing: Decodable {
            var closedFirst: String
            var leftHere: String
            var localPort: Int
        }

        var event: String
        var host: String?
        var target: Int?
        var reason: String?
        var message: String?
        var stream: String?
        var text: String?
        var base64: Data?
        var outcome: String?
        var code: Int?
        var signal: Int?
        var phase: String?
        var failure: Failure?
        var closing: Closing?
        var targets: Int?
        var totals: [String: Int]?
        var stoppedBy: Int?
    }

    let process: ProcessResult
    let events: [Event]

    init(_ process: ProcessResult) throws {
        self.process = process
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        events = try process.outputBytes.split(separator: UInt8(ascii: "\n"))
            .map { try decoder.decode(Event.self, from: Data($0)) }
    }

    var status: Int32 { process.status }
    /// Messages, summary.
    var remarks: String { process.error }
    /// The ends of all hosts.
    var ended: [Event] { events.filter { $0.event == "ended" } }
    /// Counts by outcome, as the run itself says.
    var totals: [String: Int] {
        events.last { $0.event == "finished" }?.totals?.filter { $0.value > 0 } ?? [:]
    }
    /// How many hosts ended in which way, counted here.
    var outcomes: [String: Int] {
        ended.reduce(into: [:]) { $0[$1.outcome ?? "?", default: 0] += 1 }
    }
    /// The local ports of the primary connections.
    var localPorts: Set<Int> { Set(ended.compactMap(\.closing?.localPort)) }
    /// Why hosts waited.
    var waitReasons: [String] { events.compactMap(\.reason) }

    /// Whether every target has one end, and the totals say the same.
    var accountsForAll: Bool {
        let targets = events.first?.targets ?? -1
        return Set(ended.compactMap(\.target)) == Set(0..<max(0, targets))
            && ended.count == targets && totals == outcomes
    }

    /// How the only host, or the one with this name, ended.
    func end(of host: String? = nil) -> Event? { ended.first { host == nil || $0.host == host } }

    /// The bytes of a stream of the only host, or of the one with this name.
    func bytes(_ stream: String = "stdout", of host: String? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events
        where event.event == "output" && event.stream == stream
            && (host == nil || event.host == host)
        {
            if let text = event.text { bytes += text.utf8 }
            if let data = event.base64 { bytes += data }
        }
        return bytes
    }

    func text(_ stream: String = "stdout", of host: String? = nil) -> String {
        String(decoding: bytes(stream, of: host), as: UTF8.self)
    }
}
