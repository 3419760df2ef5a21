// SPDX-License-Identifier: Apache-2.0

import RunModel
import SSHFiles
import SSHSessionModel
import SystemPackage
import TCPClosing

/// What a person is told when an ssh session does not go well: what, where, and what next.
enum SSHFailure {
    /// What is known of a session beside how it ended.
    struct Circumstances {
        var destination: Destination
        var user: String
        /// What libssh or the host key judge had to say.
        var detail = ""
        var limit: Duration?
        /// What was said about the server's key, if it was refused.
        var hostKey: String?
        /// What the server would have let us try.
        var hasSecretFailed = false
    }

    static let waitingForPace =
        "as many connections as its network's servers take at once are being made"
    static let waitingAfterDrop =
        "the server closed the connection before it said anything (MaxStartups?); connecting again"

    static let mayStillRun =
        "the remote command may still run: the server has not ended it on our signals"

    /// Why a connection could not be made.
    static func connecting(to destination: Destination, _ code: Errno) -> HostFailure {
        switch code {
        case .connectionRefused:
            HostFailure(
                .connectionRefused,
                "connection refused by \(destination): no ssh server there, or a firewall says so")
        case .noRouteToHost, .networkUnreachable, .hostIsDown, .networkDown:
            HostFailure(.unreachable, "\(destination) cannot be reached: \(code)")
        case .timedOut: HostFailure(.noAnswer, "no answer from \(destination): \(code)")
        case .addressNotAvailable:
            HostFailure(
                .localPorts,
                "\(destination): no local port or address to call from (see: lastcall ports)")
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            HostFailure(
                .localResources,
                "\(destination): \(code); each host needs two descriptors: raise ulimit -n, or lower -f"
            )
        case _: HostFailure(.localResources, "connect to \(destination): \(code)")
        }
    }

    static func noAnswer(from name: String, within limit: Duration?) -> HostFailure {
        HostFailure(.noAnswer, "no answer from \(name)\(within(limit))")
    }

    /// A host's outcome from the end of its session.
    static func outcome(of end: SSHSessionEnd, _ known: Circumstances) -> HostOutcome {
        switch end {
        case .finished(.exited(let code)?) where code <= 255: return .exited(Int(code))
        case .finished(.exited(let code)?):
            // What a shell makes of such a code.
            return .exited(Int(code & 0xff))
        case .finished(.signalled(let name)?):
            guard let number = SSHSignalName.number(of: name) else {
                return .noStatus(
                    HostFailure(
                        .protocolError,
                        "the command died of a signal that \(known.destination) calls \"\(name)\""))
            }
            return .signalled(number)
        case .finished(nil):
            return .noStatus(
                HostFailure(
                    .connectionLost,
                    "\(known.destination) closed the channel and sent no exit status"))
        // The server may have started it.
        case .stopped(.streaming), .stopped(.exec):
            return .noStatus(HostFailure(.connectionLost, "stopped before the exit status came"))
        case .stopped:
            return .notReached(
                HostFailure(.connectionLost, "stopped before the command was sent"))
        case .failed(let reason, .streaming), .failed(let reason, .closing):
            return .noStatus(failure(reason, in: .streaming, known))
        case .failed(let reason, .exec) where reason != .refused:
            // The server may have started it before the connection ended.
            return .noStatus(failure(reason, in: .exec, known))
        case .failed(let reason, let phase):
            return .notReached(failure(reason, in: phase, known))
        }
    }

    private static func failure(
        _ reason: SSHSessionEnd.Reason, in phase: SSHPhase, _ known: Circumstances
    ) -> HostFailure {
        let server = "\(known.destination)"
        let detail = known.detail.isEmpty ? "" : ": \(known.detail)"
        switch reason {
        case .connectionLost where phase == .banner:
            return HostFailure(
                .connectionLost,
                """
                \(server) closed the connection before it said anything\(detail): too many \
                connections at once (sshd's MaxStartups), or this address may not (lower -f)
                """)
        case .connectionLost where phase == .authentication:
            return HostFailure(
                .permissionDenied,
                "\(server) closed the connection while \(known.user) was \(phase.text)\(detail)")
        case .connectionLost:
            return HostFailure(
                .connectionLost, "\(server) ended the connection while \(phase.text)\(detail)")
        case .protocolError:
            return HostFailure(.protocolError, "\(server): \(phase.text)\(detail)")
        case .timePassed:
            return HostFailure(
                .noAnswer, "\(server) did not answer\(within(known.limit)) while \(phase.text)")
        case .hostKeyRefused:
            return HostFailure(.protocolError, known.hostKey ?? "\(server): host key refused")
        case .denied:
            return HostFailure(
                .permissionDenied,
                known.hasSecretFailed
                    ? "\(server) refused \(known.user)'s password; it was given once and is not tried again"
                    : "\(server) refused \(known.user): none of the keys was accepted\(detail)")
        case .nothingToTry:
            return HostFailure(
                .permissionDenied,
                "\(server): no key, no agent, and nobody to ask for a password of \(known.user)")
        case .refused:
            return HostFailure(.protocolError, "\(server) refused: \(phase.text)\(detail)")
        case .localResources:
            return HostFailure(.localResources, "\(server): \(phase.text)\(detail)")
        }
    }

    private static func within(_ limit: Duration?) -> String {
        guard let limit else { return "" }
        let (seconds, attoseconds) = limit.components
        return seconds > 0 && attoseconds == 0
            ? " for \(seconds) s"
            : " for \(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }
}

/// Signals by the names that ssh gives them (RFC 4254 section 6.10), as Linux numbers.
enum SSHSignalName {
    private static let numbers = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "BUS": 7, "FPE": 8,
        "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
        "STKFLT": 16, "CHLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22,
        "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28, "IO": 29,
        "PWR": 30, "SYS": 31,
    ]

    /// The number of a name; OpenSSH writes those outside the RFC as `SIG@openssh.com`.
    static func number(of name: String) -> Int? {
        numbers[String(name.prefix { $0 != "@" })]
    }
}
