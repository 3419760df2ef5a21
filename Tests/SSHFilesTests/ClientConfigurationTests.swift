// SPDX-License-Identifier: Apache-2.0

import Foundation
import LiveProcesses
import SSHFiles
import Testing

/// A configuration, and a host that it is asked about.
struct ConfigurationCase: Sendable, CustomTestStringConvertible {
    let text: String
    var included: [String: String] = [:]
    var host = "node7"
    var user: String?
    var port: Int?

    var testDescription: String { text }

    init(
        _ text: String, host: String = "node7", user: String? = nil, port: Int? = nil,
        including included: [String: String] = [:]
    ) {
        self.text = text
        self.host = host
        self.user = user
        self.port = port
        self.included = included
    }
}

@Suite struct `The configuration of ssh` {
    static let cases: [ConfigurationCase] = [
        ConfigurationCase(""),
        ConfigurationCase("HostName 10.0.0.7\nUser alice\nPort 2222\n"),
        ConfigurationCase("HostName 10.0.0.7", user: "bob", port: 99),
        ConfigurationCase("User a\nUser b\n"),
        ConfigurationCase("# x\n\n  \tuSeR=alice\nPort = 23\n"),
        ConfigurationCase("User \"alice\" # a comment\n"),
        ConfigurationCase("Host node7\n User a\nHost *\n User b\n Port 24\n"),
        ConfigurationCase("Host node8\n User a\nHost *\n User b\n"),
        ConfigurationCase("Host node? !node7\n User a\nHost node*\n Port 7\n"),
        ConfigurationCase("Host !node7 node*\n User a\n"),
        ConfigurationCase("Host other node7\n User a\n"),
        ConfigurationCase("Host NODE7\n User a\n"),
        ConfigurationCase("Host node7\n HostName %h.example\n"),
        ConfigurationCase("HostName %h.example%%\n"),
        ConfigurationCase("Match host node7\n User a\n"),
        ConfigurationCase("HostName x.example\nMatch host x.example\n User a\n"),
        ConfigurationCase("HostName x.example\nMatch host node7\n User a\n"),
        ConfigurationCase("HostName x.example\nMatch originalhost node7\n User a\n"),
        ConfigurationCase("Match originalhost node* user alice\n Port 3\n", user: "alice"),
        ConfigurationCase("Match user bob\n Port 3\n", user: "alice"),
        ConfigurationCase("User bob\nMatch user bob\n Port 3\n"),
        ConfigurationCase("Match !user bob\n Port 3\n"),
        ConfigurationCase("Match host node8,node7\n Port 3\n"),
        ConfigurationCase("Match host *,!node7\n Port 3\n"),
        ConfigurationCase("Match all\n Port 3\n"),
        ConfigurationCase("Match final\n Port 3\nMatch all\n User x\n"),
        ConfigurationCase(
            "Match final host node7.example\n Port 3\nHost node7\n HostName node7.example\n"),
        ConfigurationCase("Match !final host node7\n Port 3\n"),
        ConfigurationCase("Match originalhost node7 final\n User late\nPort 4\n"),
        ConfigurationCase("Match host node8\n Port 3\nHost node7\n Port 4\n"),
        ConfigurationCase("IdentityFile ~/.ssh/a\nIdentityFile ~/.ssh/b\nIdentitiesOnly yes\n"),
        ConfigurationCase("Host node7\n IdentityFile /k/%h\nHost *\n IdentityFile /k/all\n"),
        ConfigurationCase("CertificateFile /k/a-cert.pub\nCertificateFile /k/b-cert.pub\n"),
        ConfigurationCase("SendEnv LANG LC_*\nSendEnv FOO\n"),
        ConfigurationCase("SetEnv A=1 \"B=two words\"\nSetEnv C=3\n"),
        ConfigurationCase("ConnectTimeout 5\nServerAliveInterval 30\nServerAliveCountMax 2\n"),
        ConfigurationCase("AddressFamily inet6\nBindAddress 10.0.0.1\nCompression yes\n"),
        ConfigurationCase("UserKnownHostsFile /k/one /k/two\nGlobalKnownHostsFile /k/three\n"),
        ConfigurationCase(
            "HostKeyAlias alias\nStrictHostKeyChecking accept-new\nHashKnownHosts yes\n"),
        ConfigurationCase("ProxyJump a@jump1:23,jump2\n"),
        ConfigurationCase("Host node7\n ProxyJump none\nHost *\n ProxyJump jump\n"),
        ConfigurationCase("ProxyCommand nc %h %p # no comment\n"),
        ConfigurationCase("Ciphers aes256-gcm@openssh.com,aes128-ctr\nMACs hmac-sha2-256\n"),
        ConfigurationCase("KexAlgorithms curve25519-sha256\nHostKeyAlgorithms ssh-ed25519\n"),
        ConfigurationCase("PubkeyAcceptedKeyTypes ssh-ed25519\n"),
        ConfigurationCase(
            "PreferredAuthentications publickey,password\nPasswordAuthentication no\n"),
        ConfigurationCase("ChallengeResponseAuthentication no\nPubkeyAuthentication yes\n"),
        ConfigurationCase("IdentityAgent none\nForwardAgent yes\n"),
        ConfigurationCase("Include {DIR}/one\nUser late\n", including: ["one": "User early\n"]),
        ConfigurationCase(
            "Host node8\n Include {DIR}/one\nHost *\n User late\n",
            including: ["one": "User never\nHost node7\n User neither\n"]),
        ConfigurationCase(
            "Host node7\n Include {DIR}/one\n Port 5\n",
            including: ["one": "Host node8\n User never\n"]),
        ConfigurationCase(
            "Include {DIR}/part*\n",
            including: ["part1": "User first\n", "part2": "User second\nPort 6\n"]),
        ConfigurationCase("Include {DIR}/none\nPort 8\n"),
        ConfigurationCase("Host a.example\n User x\n", host: "A.EXAMPLE"),
    ]

    /// Keywords whose values are compared, as far as the configuration sets them.
    private static let compared = [
        "hostname", "user", "port", "identityfile", "identitiesonly", "certificatefile", "sendenv",
        "setenv", "connecttimeout", "serveraliveinterval", "serveralivecountmax", "addressfamily",
        "bindaddress", "compression", "userknownhostsfile", "globalknownhostsfile", "hostkeyalias",
        "stricthostkeychecking", "hashknownhosts", "proxyjump", "proxycommand", "ciphers", "macs",
        "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
        "preferredauthentications", "passwordauthentication", "kbdinteractiveauthentication",
        "pubkeyauthentication", "identityagent", "forwardagent",
    ]

    @Test(arguments: cases)
    func `means what ssh -G says`(case: ConfigurationCase) async throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("lastcall-ssh-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (name, text) in `case`.included.merging(
            ["config": `case`.text], uniquingKeysWith: { a, _ in a })
        {
            try SmallFile.write(
                Array(text.replacingOccurrences(of: "{DIR}", with: directory).utf8),
                to: "\(directory)/\(name)")
        }
        var words = ["ssh", "-F", "\(directory)/config"]
        if let user = `case`.user { words += ["-l", user] }
        if let port = `case`.port { words += ["-p", "\(port)"] }
        let real = try await Lastcall.start(
            words + ["-G", `case`.host], input: [], environment: [:])
        try #require(real.status == 0, "\(real.error)")
        var expected: [String: [String]] = [:]
        for line in real.output.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            expected[parts[0], default: []].append(parts.count > 1 ? parts[1] : "")
        }
        let ours = values(of: `case`, in: directory)
        #expect(ours.onlyForOpenSSH.isEmpty)
        for keyword in Self.compared {
            guard let value = value(of: keyword, in: ours, for: `case`) else { continue }
            // ssh(1) shows the file of a user's key with the home directory already in place.
            #expect(value == expected[keyword], "\(keyword)")
        }
    }

    private func values(of item: ConfigurationCase, in directory: String) -> HostConfiguration {
        ClientConfiguration(
            files: [ClientConfiguration.File(path: "\(directory)/config", directory: directory)],
            localUser: NSUserName(), home: NSHomeDirectory(),
            reading: { path in
                FileManager.default.contents(atPath: path)
                    .map { ConfigurationLine.all(in: [UInt8]($0)) }
                    ?? []
            },
            expanding: { pattern in
                guard pattern.hasSuffix("*") else {
                    return FileManager.default.fileExists(atPath: pattern) ? [pattern] : []
                }
                let start = String(pattern.dropLast())
                let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
                return names.sorted().map { "\(directory)/\($0)" }.filter { $0.hasPrefix(start) }
            }
        )
        .values(for: .init(host: item.host, user: item.user, port: item.port))
    }

    /// A keyword's value as `ssh -G` writes it; `nil` when the configuration says nothing.
    private func value(
        of keyword: String, in ours: HostConfiguration, for item: ConfigurationCase
    ) -> [String]? {
        switch keyword {
        case "hostname":
            // ssh(1) writes the name in lower case.
            return [
                ours.first("hostname")
                    .map { ConfigurationTokens.replace($0, ["h": item.host]) ?? "?" } ?? item.host
            ]
            .map { $0.lowercased() }
        case "user": return [ours.first("user") ?? NSUserName()]
        case "port": return [ours.first("port") ?? "22"]
        case "identityfile", "certificatefile", "sendenv": return ours.lists[keyword]
        case "setenv": return ours.values["setenv"]
        case "forwardagent", "compression", "identitiesonly", "hashknownhosts":
            return ours.first(keyword).map { [$0] }
        case "proxyjump", "proxycommand":
            return ours.first(keyword).flatMap { $0 == "none" ? nil : [$0] }
        case "stricthostkeychecking", "passwordauthentication", "kbdinteractiveauthentication":
            return ours.first(keyword).map { [$0] }
        case "pubkeyauthentication": return ours.first(keyword).map { [$0 == "yes" ? "true" : $0] }
        case _: return ours.values[keyword].map { [$0.joined(separator: " ")] }
        }
    }

    @Test(arguments: [
        ("Match exec true\n User x\n", ["Match exec"]),
        ("Match originalhost other exec true\n User x\n", []),
        ("Match tagged x\n User x\n", ["Match tagged"]),
        ("Match host\n", ["Match host"]),
        ("Host other\n User\nHost *\n", []),
        ("User\n", ["user without a value"]),
        ("User \"alice\n", ["user without a value"]),
    ])
    func `says what only ssh can answer`(text: String, reasons: [String]) {
        let lines = ConfigurationLine.all(in: Array(text.utf8))
        let configuration = ClientConfiguration(
            files: [ClientConfiguration.File(path: "config", directory: "")], localUser: "me",
            home: "/home", reading: { _ in lines }, expanding: { _ in [] })
        #expect(configuration.values(for: .init(host: "node7")).onlyForOpenSSH == reasons)
    }

    @Test func `that includes itself ends`() {
        let lines = ConfigurationLine.all(in: Array("Include x\nUser a\n".utf8))
        let configuration = ClientConfiguration(
            files: [ClientConfiguration.File(path: "config", directory: "")], localUser: "me",
            home: "/home", reading: { _ in lines }, expanding: { [$0] })
        #expect(
            configuration.values(for: .init(host: "a")).onlyForOpenSSH == [
                "Include nested too deep"
            ])
    }
}
