// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Console
import LockedFiles
import RunModel
import SSHFiles
import SSHSessionModel
import SSHShells
import Synchronization
import SystemPackage
import TCPSockets

/// Puts the parts of ssh in this process together.
enum SSHWiring {
    /// The shell of `--via ssh`.
    static func router(_ plan: RunPlan, loop: EventLoop, openSSH: OpenSSHShell) -> SSHRouter {
        let home = CurrentUser.home ?? ThisProcess.environment("HOME") ?? "/"
        let variables = ThisProcess.environment
        var options = SSHOptions(plan.transport.sshOptions)
        if let port = plan.transport.port { options.add("port", "\(port)") }
        let system = ClientConfiguration.File(
            path: "/etc/ssh/ssh_config", directory: "/etc/ssh")
        let directory = "\(home)/.ssh"
        let files: [ClientConfiguration.File] =
            switch options.file {
            case "none"?: []
            case let path?: [.init(path: path, directory: directory)]
            case nil: [.init(path: "\(directory)/config", directory: directory), system]
            }
        if let path = options.file, path != "none", bytes(of: path) == nil {
            options.addNeed("-F \(path), which cannot be read")
        }
        let lines = DirectiveCache()
        let configuration = ClientConfiguration(
            options: options.lines, files: files, localUser: CurrentUser.name, home: home,
            reading: { lines.directives(of: $0) }, expanding: PathPattern.expand)
        let surroundings = SSHSettingsReader.Surroundings(
            home: home, localUser: CurrentUser.name, localHost: ThisProcess.hostName,
            userID: CurrentUser.number, variables: variables,
            hasTickets: variables["KRB5CCNAME"] != nil
                || !PathPattern.expand("\(ticketDirectory)/krb5cc_\(CurrentUser.number)*").isEmpty,
            exists: { !PathPattern.expand($0).isEmpty })
        let judge = HostKeyJudge(reading: bytes)
        let reader = SSHSettingsReader(
            configuration: configuration, surroundings: surroundings,
            acceptsNew: plan.transport.acceptNew, judge: judge)
        var shell = SSHShell.Options { reader.answer(for: $0).settings }
        shell.closing = plan.transport.closing
        shell.limits = SSHPhaseLimits(connectTimeout: plan.limits.connectTimeout)
        let native = SSHShell(
            options: shell, judge: judge, identities: SSHIdentities(),
            answers: SSHAnswers(asking: asker(plan)), resolver: NameResolver(), loop: loop)
        return SSHRouter(
            native: native, openSSH: openSSH, reader: reader, needsOfAll: options.needs,
            isStrict: plan.transport.via == .sshOnly)
    }

    /// Where tickets are unless the environment says otherwise (krb5.conf(5), default_ccache_name).
    private static let ticketDirectory = "/tmp"

    private static func bytes(of path: String) -> [UInt8]? {
        try? LockedFile.contents(of: path)
    }

    /// Who is asked for secrets, and how; `nil` when there is nobody.
    private static func asker(_ plan: RunPlan) -> (@Sendable (String) -> String?)? {
        if let number = plan.transport.passwordDescriptor {
            // One line for all questions, read when the first is asked.
            let answer = Mutex<String??>(nil)
            return { _ in
                answer.withLock { answer in
                    if let answer { return answer }
                    let line = SecretPrompt.line(from: FileDescriptor(rawValue: number))
                    answer = .some(line)
                    return line
                }
            }
        }
        let program = ThisProcess.environment("SSH_ASKPASS")
        let prefersProgram = ["prefer", "force"]
            .contains(ThisProcess.environment("SSH_ASKPASS_REQUIRE") ?? "")
        if let program, prefersProgram || !SecretPrompt.hasTerminal {
            return { SecretPrompt.byProgram(program, $0) }
        }
        guard SecretPrompt.hasTerminal else { return nil }
        return { SecretPrompt.onTerminal($0) }
    }
}

/// The directives of configuration files, each read once.
private final class DirectiveCache: Sendable {
    private let files = Mutex<[String: [ConfigurationLine]]>([:])

    func directives(of path: String) -> [ConfigurationLine] {
        files.withLock { files in
            if let known = files[path] { return known }
            let bytes = (try? LockedFile.contents(of: path)) ?? []
            let lines = ConfigurationLine.all(in: bytes)
            files[path] = lines
            return lines
        }
    }
}
