// SPDX-License-Identifier: Apache-2.0

import HostSets
import SSHFiles
import SSHSessionModel
import SSHShells
import ShellContract
import Testing

@Suite struct `Settings from the configuration of ssh` {
    private func answer(
        _ text: String, host: String = "node7", known: String = "", files: Set<String> = [],
        tickets: Bool = false, variables: [String: String] = [:], acceptsNew: Bool = false
    ) throws -> SSHSettingsReader.Answer {
        let lines = ConfigurationLine.all(in: Array(text.utf8))
        let reader = SSHSettingsReader(
            configuration: ClientConfiguration(
                files: [.init(path: "config", directory: "")], localUser: "me", home: "/h",
                reading: { _ in lines }, expanding: { _ in [] }),
            surroundings: SSHSettingsReader.Surroundings(
                home: "/h", localUser: "me", localHost: "desk.example", userID: 7,
                variables: variables, hasTickets: tickets, exists: { files.contains($0) }),
            acceptsNew: acceptsNew,
            judge: HostKeyJudge(reading: { $0 == "/h/.ssh/known_hosts" ? Array(known.utf8) : nil }))
        return reader.answer(
            for: SessionRequest(index: 0, host: Host(name: try HostName(host)), command: ["true"]))
    }

    @Test(arguments: [
        ("", []), ("ProxyJump none\n", []), ("ProxyJump hop\n", ["proxyjump"]),
        ("ProxyCommand nc %h %p\n", ["proxycommand"]), ("ForwardAgent yes\n", ["forwardagent"]),
        ("ForwardAgent no\nControlMaster no\nControlPath none\n", []),
        ("ControlMaster auto\n", ["controlmaster"]), ("Ciphers +aes128-cbc\n", ["ciphers"]),
        ("Ciphers aes128-ctr\n", []), ("Match exec true\n", ["Match exec"]),
        ("LocalForward 80 web:80\n", ["localforward"]), ("NoSuchWord yes\n", ["nosuchword"]),
        ("CanonicalizeHostname yes\n", ["canonicalizehostname"]), ("Port 0\n", ["port"]),
        ("IdentityFile ~other/key\n", ["identityfile"]), ("IdentityFile /k/%x\n", ["identityfile"]),
        ("PreferredAuthentications password,publickey\n", ["preferredauthentications"]),
        ("PreferredAuthentications publickey,password\n", []),
        ("BindAddress desk\n", ["bindaddress"]),
        ("ServerAliveInterval 1m\n", ["serveraliveinterval"]),
        // What Debian's own file says.
        ("Host *\n SendEnv LANG LC_*\n HashKnownHosts yes\n GSSAPIAuthentication yes\n", []),
    ])
    func `tell what only ssh can do`(text: String, needs: [String]) throws {
        #expect(try answer(text).needs == needs)
    }

    @Test func `need ssh for a ticket, an authority, and a key that only the agent has`() throws {
        #expect(
            try answer("GSSAPIAuthentication yes\n", tickets: true).needs == [
                "gssapiauthentication"
            ])
        #expect(
            try answer("", known: "@cert-authority node* ssh-rsa AAAA\n").needs
                == ["@cert-authority"])
        #expect(
            try answer(
                "", known: "@cert-authority node* ssh-rsa AAAA\nnode7 ssh-ed25519 BBBB\n"
            )
            .needs.isEmpty)
        let agents = try answer(
            "IdentitiesOnly yes\nIdentityFile /k/key\n", files: ["/k/key.pub"],
            variables: ["SSH_AUTH_SOCK": "/s"])
        #expect(agents.needs.count == 1)
    }

    @Test func `hold what the configuration says`() throws {
        let settings = try answer(
            """
            HostName %h.example
            User alice
            Port 2222
            IdentityFile ~/.ssh/%r@%n-%p
            IdentityFile /k/%L-%u-%i
            ConnectTimeout 5
            ServerAliveInterval 30
            ServerAliveCountMax 2
            AddressFamily inet6
            UserKnownHostsFile ~/one /two
            GlobalKnownHostsFile none
            SendEnv LC_* FOO BAR -B*
            SetEnv A=1 B=a=b
            PasswordAuthentication no
            StrictHostKeyChecking accept-new
            """,
            variables: ["LC_ALL": "x", "LC_TIME": "y", "FOO": "z", "BAR": "no"]
        )
        .settings
        #expect(settings.hostName == "node7.example")
        #expect(settings.user == "alice")
        #expect(settings.port == 2222)
        #expect(settings.identityFiles == ["/h/.ssh/alice@node7-2222", "/k/desk-me-7"])
        #expect(settings.connectTimeout == .seconds(5))
        #expect(settings.aliveInterval == .seconds(30))
        #expect(settings.aliveCount == 2)
        #expect(settings.family == .v6)
        #expect(settings.knownHostsFiles == ["/h/one", "/two"])
        #expect(settings.environment.map(\.name) == ["FOO", "LC_ALL", "LC_TIME", "A", "B"])
        #expect(settings.environment.last?.value == "a=b")
        #expect(settings.methods == [.publicKey, .keyboardInteractive])
        #expect(settings.newHosts == .accept(file: "/h/one", hashed: false))
        #expect(HostKeyJudge.name(of: settings) == "[node7.example]:2222")
    }

    @Test func `are ssh's own where the configuration says nothing`() throws {
        let settings = try answer("").settings
        #expect(settings.user == "me")
        #expect(settings.port == 22)
        #expect(
            settings.identityFiles == ["/h/.ssh/id_rsa", "/h/.ssh/id_ecdsa", "/h/.ssh/id_ed25519"])
        #expect(settings.newHosts == .refuse)
        #expect(settings.agent == nil)
        #expect(HostKeyJudge.name(of: settings) == "node7")
        #expect(try answer("", acceptsNew: true).settings.newHosts != .refuse)
        #expect(try answer("HostKeyAlias x\nPort 9\n").settings.knownHostName == "x")
    }
}
