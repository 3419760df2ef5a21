// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import RunModel
import SSHSessionModel
import SSHShells
import SessionRecording
import Synchronization
import Testing

/// Answers with the same text, and counts how often it was asked.
private final class Person: Sendable {
    private let state = Mutex<[String]>([])
    private let answer: String?

    init(_ answer: String?) { self.answer = answer }

    var prompts: [String] { state.withLock(\.self) }

    var answers: SSHAnswers {
        SSHAnswers(asking: { prompt in
            self.state.withLock { $0.append(prompt) }
            return self.answer
        })
    }
}

@Suite(
    .enabled(if: SSHLab.current != nil, "LASTCALL_LAB_SSH_HOST is not set"), .timeLimit(.minutes(5))
)
struct `A person who logs in over ssh in this process` {
    private let password = RshLab.variable("LASTCALL_LAB_SSH_PASSWORD") ?? ""

    private func sessions(
        _ count: Int, user: String = "u-password", port: Int, shell: SSHShell
    ) async throws -> [SSHSession] {
        try await withThrowingTaskGroup(of: SSHSession.self) { group in
            for index in 0..<count {
                group.addTask {
                    try await NativeSSHLab.run(
                        ["echo hi"], on: "10.20.0.\(index + 1)", user: user, port: port,
                        shell: shell)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `is asked for the password once, for all hosts`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(
            port: 2201,
            ["PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM no"]
        ) { server in
            let person = Person(password)
            let shell = try NativeSSHLab.shell(answers: person.answers) { $0.identityFiles = [] }
            let ended = try await sessions(8, port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
            #expect(person.prompts == ["Password of u-password: "])
        }
    }

    @Test func `is asked once where the server asks through PAM`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(
            port: 2202,
            ["PasswordAuthentication no", "KbdInteractiveAuthentication yes", "UsePAM yes"]
        ) { server in
            let person = Person(password)
            let shell = try NativeSSHLab.shell(answers: person.answers) { $0.identityFiles = [] }
            let ended = try await sessions(4, port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
            #expect(person.prompts.count == 1)
        }
    }

    @Test func `types a wrong password, and it is tried once`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(
            port: 2203,
            ["PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM no"]
        ) { server in
            let person = Person("wrong")
            let shell = try NativeSSHLab.shell(answers: person.answers) { $0.identityFiles = [] }
            let ended = try await sessions(8, port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.failure?.kind == .permissionDenied })
            #expect(person.prompts.count == 1)
            #expect(server.logged("Failed password") == 1)
        }
    }

    @Test func `gives no answer, and no host is tried with one`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(
            port: 2204,
            ["PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM no"]
        ) { server in
            let shell = try NativeSSHLab.shell(answers: Person(nil).answers) {
                $0.identityFiles = []
            }
            let ended = try await sessions(4, port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.failure?.kind == .permissionDenied })
            #expect(server.logged("Failed password") == 0)
        }
    }

    @Test func `needs a key and a password where the server wants both`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(
            port: 2205,
            [
                "PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM no",
                "AuthenticationMethods publickey,password",
            ]
        ) { server in
            let shell = try NativeSSHLab.shell(answers: Person(password).answers)
            let ended = try await sessions(2, port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
        }
    }

    @Test(arguments: ["rsa", "ecdsa", "ed25519"])
    func `has a key of any type`(type: String) async throws {
        guard OwnSSHD.isPossible else { return }
        let key = try await OwnSSHD.makeKey("key-\(type)", type: type)
        let port = 2206 + ["rsa", "ecdsa", "ed25519"].count { $0 < type }
        try await OwnSSHD.run(port: port, ["AuthorizedKeysFile \(key).pub"]) { server in
            let shell = try NativeSSHLab.shell { $0.identityFiles = [key] }
            let ended = try await sessions(2, user: "rshu", port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
        }
    }

    @Test func `has a locked key, and is asked for its passphrase once`() async throws {
        guard OwnSSHD.isPossible else { return }
        let key = try await OwnSSHD.makeKey("key-locked", passphrase: "open sesame")
        try await OwnSSHD.run(port: 2210, ["AuthorizedKeysFile \(key).pub"]) { server in
            let person = Person("open sesame")
            let shell = try NativeSSHLab.shell(answers: person.answers) { $0.identityFiles = [key] }
            let ended = try await sessions(4, user: "rshu", port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
            #expect(person.prompts == ["Passphrase for key \(key): "])
        }
    }

    @Test func `has a locked key and said that nobody is to be asked`() async throws {
        guard OwnSSHD.isPossible else { return }
        let key = try await OwnSSHD.makeKey("key-batch", passphrase: "open sesame")
        let person = Person("open sesame")
        let shell = try NativeSSHLab.shell(answers: person.answers) { settings in
            settings.identityFiles = [key]
            settings.isBatch = true
        }
        let session = try await NativeSSHLab.run(["true"], shell: shell)
        #expect(session.failure?.kind == .permissionDenied)
        #expect(person.prompts.isEmpty)
    }

    @Test func `whose server loses patience keeps nobody else waiting`() async throws {
        guard OwnSSHD.isPossible else { return }
        let settings = [
            "PasswordAuthentication yes", "KbdInteractiveAuthentication no", "UsePAM no",
        ]
        try await OwnSSHD.run(port: 2213, settings + ["LoginGraceTime 3"]) { impatient in
            try await OwnSSHD.run(port: 2214, settings) { patient in
                let asked = Gate()
                let answered = BlockingGate()
                let answers = SSHAnswers(asking: { _ in
                    asked.open()
                    answered.wait()
                    return self.password
                })
                let shell = try NativeSSHLab.shell(answers: answers) { $0.identityFiles = [] }
                async let lost = lost(at: impatient.port, shell: shell, then: asked)
                await asked.wait()
                async let kept = sessions(2, port: patient.port, shell: shell)
                let ended = try await lost
                #expect(ended.allSatisfy { $0.failure != nil }, "\(ended.map(\.outcome))")
                answered.open()
                let others = try await kept
                #expect(others.allSatisfy { $0.outcome == .exited(0) }, "\(others.map(\.outcome))")
            }
        }
    }

    /// Sessions that end by themselves; opens the gate then, if nobody has before.
    private func lost(
        at port: Int, shell: SSHShell, then gate: Gate
    ) async throws -> [SSHSession] {
        defer { gate.open() }
        return try await sessions(2, port: port, shell: shell)
    }

    @Test func `has a certificate`() async throws {
        guard OwnSSHD.isPossible else { return }
        let authority = try await OwnSSHD.makeKey("authority")
        let key = try await OwnSSHD.makeKey("key-certified")
        let signed = try await Lastcall.shell(
            "ssh-keygen -q -s \"$1\" -I lab -n rshu \"$2.pub\"", [authority, key])
        try #require(signed.status == 0, "\(signed.error)")
        try await OwnSSHD.run(
            port: 2211, ["AuthorizedKeysFile none", "TrustedUserCAKeys \(authority).pub"]
        ) { server in
            let shell = try NativeSSHLab.shell { $0.identityFiles = [key] }
            let ended = try await sessions(2, user: "rshu", port: server.port, shell: shell)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
            #expect(server.logged("ED25519-CERT") > 0)
        }
    }

    @Test func `has an agent, which has the key`() async throws {
        guard OwnSSHD.isPossible else { return }
        let key = try await OwnSSHD.makeKey("key-agent")
        let socket = OwnSSHD.shared("agent-\(ThisTest.number)")
        try await OwnSSHD.run(port: 2212, ["AuthorizedKeysFile \(key).pub"]) { server in
            _ = try await Lastcall.start(
                ["ssh-agent", "-D", "-a", socket], input: [], environment: [:]
            ) { agent in
                try await agent.wait(for: "SSH_AUTH_SOCK", on: .output)
                let added = try await Lastcall.start(
                    ["ssh-add", "-q", key], input: [], environment: ["SSH_AUTH_SOCK": socket])
                try #require(added.status == 0, "\(added.error)")
                let shell = try NativeSSHLab.shell { settings in
                    settings.identityFiles = []
                    settings.agent = socket
                }
                let ended = try await sessions(8, user: "rshu", port: server.port, shell: shell)
                #expect(ended.allSatisfy { $0.outcome == .exited(0) }, "\(ended.map(\.outcome))")
                agent.signal(15)
            }
        }
    }

    @Test func `has nothing that the server takes`() async throws {
        guard OwnSSHD.isPossible else { return }
        let key = try await OwnSSHD.makeKey("key-foreign")
        let session = try await NativeSSHLab.run(["true"]) { $0.identityFiles = [key] }
        #expect(session.failure?.kind == .permissionDenied)
        #expect(!session.wasReached)
    }
}

/// What tells one run of the tests from another.
enum ThisTest {
    static let number = Int.random(in: 0..<1_000_000)
}

/// Blocks a thread until it is opened: as a person at a terminal does.
private final class BlockingGate: Sendable {
    private let ends: (read: Int32, write: Int32)

    init() {
        var pair: [Int32] = [-1, -1]
        _ = pipe(&pair)
        ends = (pair[0], pair[1])
    }

    deinit {
        close(ends.read)
        close(ends.write)
    }

    func wait() {
        var byte: UInt8 = 0
        _ = read(ends.read, &byte, 1)
    }

    func open() {
        var byte: UInt8 = 0
        _ = write(ends.write, &byte, 1)
    }
}
