// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import RunModel
import SystemPackage
import TCPClosing

/// What a person is told when an rsh session does not go well: what, where, and what next.
enum RshFailure {
    static let stopped = HostFailure(.connectionLost, "stopped before the command was sent")

    static let waitingForListener =
        "no free stderr listener: each has a server that has yet to connect back"

    static let waitingForOthers =
        "another server must connect back first, to be sure whose standard error it is"

    /// Why a connection could not be made.
    static func connecting(to destination: Destination, _ code: Errno) -> HostFailure {
        switch code {
        case .canceled: stopped
        case .connectionRefused:
            HostFailure(
                .connectionRefused,
                """
                connection refused by \(destination): no rsh server there, or inetd has suspended \
                the service after too many connections a minute (openbsd-inetd: 256, for 10 min)
                """)
        case .noRouteToHost, .networkUnreachable, .hostIsDown, .networkDown:
            HostFailure(.unreachable, "\(destination) cannot be reached: \(code)")
        case .addressNotAvailable:
            HostFailure(
                .unreachable,
                "\(destination) cannot be reached: this machine has no address to call from")
        case .timedOut: HostFailure(.noAnswer, "no answer from \(destination): \(code)")
        case .permissionDenied, .notPermitted:
            HostFailure(
                .localResources, "\(destination): \(ReservedPorts.Failure.notPermitted)")
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            HostFailure(
                .localResources,
                "\(destination): \(code); each host needs two descriptors: raise ulimit -n, or lower -f"
            )
        case _: HostFailure(.localResources, "connect to \(destination): \(code)")
        }
    }

    /// The stderr listeners failed.
    static func listeners(_ code: Errno) -> HostFailure {
        HostFailure(.localResources, "stderr connection: \(code)")
    }

    /// Why a host waits for a port.
    static func text(of reason: PortLedger.Reason, towards destination: Destination) -> String {
        switch reason {
        case .allBusyTowardsDestination(let ports):
            "no free local port: all of ours (\(ports)) go to \(destination) already"
        case .heldByOthers(let ports):
            "no free local port: other programs hold \(ports) of ours"
        }
    }

    /// A server connected for stderr from another address than it was called at.
    static func stranger(_ peer: Destination, _ destination: Destination) -> String {
        "its stderr connection comes from \(peer.address.unmapped), not from \(destination.address)"
    }

    /// The first such server of a run.
    static func strangerNotice(_ peer: Destination, _ destination: Destination) -> String {
        """
        \(stranger(peer, destination)): it has several addresses (said once a run; \
        --refuse-strangers refuses them)
        """
    }

    /// Why a request could not be sent at all.
    static func request(_ fault: RcmdRequest.Fault) -> HostFailure {
        switch fault {
        case .containsNUL(let field):
            HostFailure(.protocolError, "the \(field) holds a NUL byte, which rsh cannot carry")
        case .emptyUser(let field): HostFailure(.protocolError, "the \(field) is empty")
        case .commandTooLong(let length, let limit):
            HostFailure(
                .protocolError,
                "the command is too long for rsh: \(length) bytes with its wrapping, at most \(limit)"
            )
        }
    }

    /// A host's outcome from the end of its conversation.
    static func outcome(
        of end: RcmdEnd, from destination: Destination, commandLength: Int
    ) -> HostOutcome {
        switch end {
        // Shells say 128 + n for death by signal n; nothing tells it from `exit 128+n`.
        case .status(let status) where (129...192).contains(status): .signalled(status - 128)
        case .status(let status): .exited(status)
        case .noStatus(let reset):
            .noStatus(
                HostFailure(
                    .connectionLost,
                    """
                    \(destination) \(reset ? "reset" : "closed") the connection before the exit \
                    status came: the command or its login shell was killed, the login shell runs no \
                    commands, or the host went down
                    """))
        case .refused(let refusal):
            .notReached(failure(refusal, from: destination, commandLength: commandLength))
        }
    }

    private static func failure(
        _ refusal: RcmdRefusal, from destination: Destination, commandLength: Int
    ) -> HostFailure {
        switch refusal {
        case .permissionDenied(let text):
            HostFailure(
                .permissionDenied,
                """
                \(destination) refused this user ("\(text)"): see /etc/hosts.equiv and ~/.rhosts there
                """)
        case .userNameTooLong(let text):
            HostFailure(
                .permissionDenied,
                "\(destination) takes no user name that long (netkit: 15 bytes): \"\(text)\"")
        case .nameLookup(let text):
            HostFailure(
                .nameResolution,
                """
                \(destination) could not look up this machine's name ("\(text)"): its DNS does not \
                answer
                """)
        case .stderrConnection(let text):
            HostFailure(
                .protocolError,
                """
                \(destination) could not connect back for standard error ("\(text)"): its reserved \
                ports are used up, or a firewall is in the way; --merge-stderr does without
                """)
        case .serverError(let text):
            HostFailure(.protocolError, "\(destination) says: \(text.isEmpty ? "(nothing)" : text)")
        case .notRcmd(let byte, let text):
            HostFailure(
                .protocolError,
                "\(destination) is no rsh server: it began with byte \(byte): \"\(text)\"")
        case .noAnswer:
            HostFailure(
                .connectionLost,
                """
                \(destination) closed the connection without an answer: a limit of inetd's \
                (xinetd: 50 a second), tcpd's hosts.deny, or DNS that does not answer there
                """)
        case .resetBeforeAnswer:
            HostFailure(
                .connectionLost,
                """
                \(destination) reset the connection without an answer: \
                \(commandLength > RemoteCommand.redoneLengthLimit
                    ? "the command has \(commandLength) bytes with its wrapping, and rsh-redone's server takes \(RemoteCommand.redoneLengthLimit)"
                    : "it trusts no port of ours, or a limit of inetd's or tcpd's is reached")
                """)
        }
    }
}
