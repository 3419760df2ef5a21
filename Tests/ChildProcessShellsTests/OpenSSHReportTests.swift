// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import RunModel
import Testing

@Suite struct `What ssh(1) logs` {
    static let whole = """
        OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\r
        debug1: Reading configuration data /etc/ssh/ssh_config\r
        debug1: Connecting to 127.0.0.1 [127.0.0.1] port 22422.\r
        Warning: Permanently added '127.0.0.1' (ED25519) to the list of known hosts.\r
        Authenticated to 127.0.0.1 ([127.0.0.1]:22422) using "publickey".\r
        debug1: Entering interactive session.\r
        debug1: client_input_global_request: rtype hostkeys-00@openssh.com want_reply 0\r
        debug1: Sending command: exit 255\r
        debug1: client_input_channel_req: channel 0 rtype exit-status reply 0\r
        debug1: channel 0: free: client-session, nchannels 1\r
        Transferred: sent 3472, received 3312 bytes, in 0.1 seconds\r
        Bytes per second: sent 24000.0, received 23000.0\r
        debug1: Exit status 255\r

        """

    static func log(_ text: String, pieces: Int = 1_000_000) -> OpenSSHLog {
        var log = OpenSSHLog()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            log.receive(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        log.end()
        return log
    }

    /// A log up to and with the line that starts so.
    static func log(upTo start: String, and more: String = "") -> OpenSSHLog {
        let lines = whole.split(separator: "\r\n", omittingEmptySubsequences: false)
        let end = lines.firstIndex { $0.hasPrefix(start) } ?? lines.endIndex
        return log(lines[..<min(end + 1, lines.count)].joined(separator: "\n") + "\n" + more)
    }

    @Test(arguments: 1...64)
    func `is the same in whatever pieces it comes`(pieces: Int) {
        let log = Self.log(Self.whole, pieces: pieces)
        #expect(log.stage == .exitStatus)
        #expect(
            log.messages == [
                "Warning: Permanently added '127.0.0.1' (ED25519) to the list of known hosts."
            ])
    }

    @Test(arguments: [
        ("debug1: Entering", OpenSSHLog.Stage.connecting), ("debug1: Sending", .commandSent),
        ("debug1: client_input_channel_req", .exitStatus),
    ])
    func `says how far the session is`(line: String, stage: OpenSSHLog.Stage) {
        #expect(Self.log(upTo: line).stage == stage)
    }

    @Test func `cannot fill the memory`() {
        var log = OpenSSHLog()
        for _ in 0..<1000 { log.receive([UInt8](repeating: 65, count: 65_536)) }
        log.end()
        #expect(log.messages.map(\.utf8.count) == [4096])
        for _ in 0..<1000 { log.receive(Array("x\n".utf8)) }
        #expect(log.messages.count == 64)
    }
}

@Suite struct `The outcome of an ssh(1) process` {
    private typealias Logs = `What ssh(1) logs`

    @Test func `is its exit code once the exit status has arrived`() {
        let log = Logs.log(Logs.whole)
        for code in [0, 1, 254, 255] {
            let (outcome, notices) = OpenSSHReport(.exited(code), log: log).outcome()
            #expect(outcome == .exited(code))
            #expect(notices == log.messages)
        }
    }

    @Test func `stays its exit code when the session is stopped after it`() {
        let report = OpenSSHReport(.exited(3), log: Logs.log(Logs.whole), wasStopped: true)
        #expect(report.outcome().outcome == .exited(3))
    }

    @Test func `is a lost connection when no status came, in the server's or ssh's words`() {
        let log = Logs.log(upTo: "debug1: Sending")
        let line = "Connection to node7 closed by remote host."
        #expect(
            OpenSSHReport(.exited(255), log: log, lastLines: [line]).outcome().outcome
                == .noStatus(HostFailure(.connectionLost, line)))
        let late = Logs.log(
            upTo: "debug1: Sending", and: "Timeout, server node7 not responding.\n")
        #expect(
            OpenSSHReport(.exited(255), log: late).outcome().outcome
                == .noStatus(HostFailure(.noAnswer, "Timeout, server node7 not responding.")))
    }

    @Test func `is a warning too when it was stopped and the command may run on`() {
        let report = OpenSSHReport(
            .exited(255), log: Logs.log(upTo: "debug1: Sending"), wasStopped: true)
        let (outcome, notices) = report.outcome()
        guard case .noStatus = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(notices.last == OpenSSHReport.mayStillRun)
    }

    @Test func `is not reached when ssh ended before it sent the command`() {
        let (outcome, _) = OpenSSHReport(
            .exited(255), log: Logs.log(upTo: "debug1: Connecting", and: "something new\n")
        )
        .outcome()
        guard case .notReached(let failure) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(
            failure.message == "ssh ended with code 255 before it sent the command: something new")
        let background = OpenSSHReport(.exited(0), log: OpenSSHLog()).outcome().outcome
        guard case .notReached = background else {
            Issue.record("\(background)")
            return
        }
    }

    @Test(arguments: [
        (
            "ssh: connect to host node7 port 22: Connection refused",
            HostFailure.Kind.connectionRefused
        ),
        ("ssh: connect to host node7 port 22: Connection timed out", .noAnswer),
        ("ssh: connect to host node7 port 22: No route to host", .unreachable),
        ("ssh: connect to host node7 port 22: Network is unreachable", .unreachable),
        ("ssh: connect to host node7 port 22: Cannot assign requested address", .localPorts),
        ("ssh: Could not resolve hostname node7: Name or service not known", .nameResolution),
        (
            "ssh: Could not resolve hostname node7: Temporary failure in name resolution",
            .nameResolution
        ),
        ("Connection timed out during banner exchange", .noAnswer),
        ("ann@node7: Permission denied (publickey).", .permissionDenied),
        (
            "Received disconnect from 10.0.0.7 port 22:2: Too many authentication failures",
            .permissionDenied
        ),
        ("Host key verification failed.", .protocolError),
        (
            "Unable to negotiate with 10.0.0.7 port 22: no matching host key type found.",
            .protocolError
        ),
        ("kex_exchange_identification: Connection closed by remote host", .connectionLost),
        ("kex_exchange_identification: read: Connection reset by peer", .connectionLost),
        ("Connection closed by 10.0.0.7 port 22", .connectionLost),
        ("Connection reset by 10.0.0.7 port 22", .connectionLost),
        ("client_loop: send disconnect: Broken pipe", .connectionLost),
        ("Bad owner or permissions on /etc/ssh/ssh_config", .localResources),
        ("Control socket connect(/x): Connection refused", .localResources),
    ])
    func `is of the kind that ssh's message means`(line: String, kind: HostFailure.Kind) {
        let log = Logs.log(upTo: "debug1: Connecting", and: line + "\r\n")
        #expect(
            OpenSSHReport(.exited(255), log: log).outcome().outcome
                == .notReached(HostFailure(kind, line)))
        #expect(
            OpenSSHReport(.exited(255), log: nil, lastLines: [line]).outcome().outcome
                == .notReached(HostFailure(kind, line)))
        #expect(
            OpenSSHReport(.exited(255), log: nil, lastLines: [line], sawOutput: true)
                .outcome().outcome == .noStatus(HostFailure(kind, line)))
    }

    @Test func `is cancelled when it was stopped before the command was sent`() {
        let log = Logs.log(upTo: "debug1: Connecting")
        #expect(
            OpenSSHReport(.signalled(15), log: log, wasStopped: true).outcome().outcome
                == .cancelled(.connecting))
        #expect(OpenSSHReport(.stopped, log: nil).outcome().outcome == .cancelled(.connecting))
    }
}
