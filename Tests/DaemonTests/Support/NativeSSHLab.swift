// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSets
import LiveProcesses
import RunModel
import SSHSessionModel
import SSHShells
import SessionRecording
import ShellContract
import SystemPackage
import TCPClosing
import TCPSockets

/// The engine in this process, in front of the sshd that `SSHLab` describes.
enum NativeSSHLab {
    /// What a test changes of the settings.
    typealias Change = @Sendable (inout SSHHostSettings) -> Void

    private static let loop: EventLoop? = try? EventLoop()

    /// The private key that the lab's sshd takes.
    static var key: String { RshLab.variable("LASTCALL_LAB_SSH_KEY") ?? "" }

    /// A known_hosts file with the key of the lab's sshd.
    static var knownHosts: String { RshLab.variable("LASTCALL_LAB_SSH_KNOWN_HOSTS") ?? "" }

    /// The first of the users who may log in.
    static var user: String {
        RshLab.variable("LASTCALL_LAB_SSH_USERS")?.split(separator: " ").first.map(String.init)
            ?? "root"
    }

    /// A user who is not root: sshd passes no signals on to commands of root (OpenSSH 9.2,
    /// session.c: it has no privilege separation then).
    static let ordinaryUser = "rshu"

    /// The bytes of a file, or `nil`.
    static func bytes(of path: String) -> [UInt8]? {
        guard let descriptor = try? FileDescriptor.open(path, .readOnly) else { return nil }
        defer { try? descriptor.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while let count = try? buffer.withUnsafeMutableBytes({ try descriptor.read(into: $0) }),
            count > 0
        {
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// An engine for some sessions.
    static func shell(
        answers: SSHAnswers = SSHAnswers(asking: nil), limits: SSHPhaseLimits = SSHPhaseLimits(),
        closing: ClosingPolicy = .resetAfterEnd, change: @escaping Change = { _ in }
    ) throws -> SSHShell {
        guard let loop else { throw SSHLab.NoLab() }
        let (key, knownHosts, user) = (key, knownHosts, user)
        var options = SSHShell.Options { request in
            var settings = SSHHostSettings(
                hostName: request.host.name.text, port: UInt16(request.host.port ?? 22),
                user: request.host.user ?? user)
            settings.identityFiles = [key]
            settings.knownHostsFiles = [knownHosts]
            change(&settings)
            return settings
        }
        options.limits = limits
        options.closing = closing
        return SSHShell(
            options: options, judge: HostKeyJudge(reading: bytes), identities: SSHIdentities(),
            answers: answers, resolver: NameResolver(), loop: loop)
    }

    /// Runs a command on the host, or on another that is reached with the same settings.
    static func run(
        _ command: [String], on target: String? = nil, user: String? = nil, port: Int? = nil,
        input: (any SessionInput)? = nil, stop: SessionStop = SessionStop(),
        sink: RecordingSink = RecordingSink(), shell: SSHShell? = nil,
        change: @escaping Change = { _ in }
    ) async throws -> SSHSession {
        guard let lab = SSHLab.current, let loop else { throw SSHLab.NoLab() }
        let shell = try shell ?? Self.shell(change: change)
        let request = SessionRequest(
            index: 0, host: Host(name: try HostName(target ?? lab.host), user: user, port: port),
            command: command, input: input, connectTimeout: .seconds(10))
        let end = await withTaskExecutorPreference(loop) {
            await shell.run(request, stop: stop, sink: sink)
        }
        return SSHSession(outcome: end.outcome, sink: sink, closing: end.closing)
    }
}
