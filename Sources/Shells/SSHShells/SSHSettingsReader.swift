// SPDX-License-Identifier: Apache-2.0

import HostSets
package import SSHFiles
import SSHSessionModel
package import ShellContract
import TCPClosing
import TCPSockets

/// Turns what ssh's configuration says of a host into settings, and says what only ssh(1) can do.
package struct SSHSettingsReader: Sendable {
    /// What is known of this process and its user.
    package struct Surroundings: Sendable {
        package var home: String
        package var localUser: String
        package var localHost: String
        package var userID: Int
        /// The environment.
        package var variables: [String: String]
        /// Whether the user has a Kerberos ticket.
        package var hasTickets: Bool
        /// Whether a file exists.
        package var exists: @Sendable (String) -> Bool

        package init(
            home: String, localUser: String, localHost: String, userID: Int,
            variables: [String: String], hasTickets: Bool,
            exists: @escaping @Sendable (String) -> Bool
        ) {
            self.home = home
            self.localUser = localUser
            self.localHost = localHost
            self.userID = userID
            self.variables = variables
            self.hasTickets = hasTickets
            self.exists = exists
        }
    }

    /// The settings of one host, and what they lack.
    package struct Answer: Sendable {
        package var settings: SSHHostSettings
        /// What only ssh(1) can do for this host; empty when the engine can do all.
        package var needs: [String]
    }

    package var configuration: ClientConfiguration
    package var surroundings: Surroundings
    /// Whether unknown hosts are accepted, whatever the configuration says.
    package var acceptsNew: Bool
    private let judge: HostKeyJudge

    package init(
        configuration: ClientConfiguration, surroundings: Surroundings, acceptsNew: Bool,
        judge: HostKeyJudge
    ) {
        self.configuration = configuration
        self.surroundings = surroundings
        self.acceptsNew = acceptsNew
        self.judge = judge
    }

    /// Keys that ssh(1) tries where none is named, but for those in hardware.
    private static let usualKeys = ["id_rsa", "id_ecdsa", "id_ed25519"]

    /// Reads the settings of a host.
    package func answer(for request: SessionRequest) -> Answer {
        let host = request.host
        let values = configuration.values(
            for: .init(
                host: host.name.text, user: host.user ?? request.defaultUser, port: host.port))
        var needs = SSHConfigurationNeeds.all(
            of: values, hasTickets: surroundings.hasTickets,
            hasDisplay: surroundings.variables["DISPLAY"] != nil)
        let user = values.first("user") ?? surroundings.localUser
        let port = values.first("port").map { UInt16($0) } ?? 22
        if port == nil || port == 0 { needs.append("port") }
        let original = host.name.text
        var name = values.first("hostname") ?? original
        if let replaced = ConfigurationTokens.replace(name, ["h": original]) {
            name = replaced
        } else {
            needs.append("hostname")
        }
        var settings = SSHHostSettings(hostName: name, port: port ?? 22, user: user)
        let texts = Texts(
            surroundings: surroundings, original: original, name: name, port: settings.port,
            user: user, alias: values.first("hostkeyalias"))
        if let alias = values.first("hostkeyalias") {
            settings.knownHostName = alias
            settings.isAlias = true
        }
        readFiles(values, texts, &settings, &needs)
        readAuthentication(values, texts, &settings, &needs)
        readConnection(values, &settings, &needs)
        readAlgorithms(values, &settings, &needs)
        readEnvironment(values, &settings)
        let known = judge.knownHosts(in: settings.knownHostsFiles)
        let knownName = HostKeyJudge.name(of: settings)
        if known.keyTypes(for: knownName).isEmpty, known.namesAuthority(for: knownName) {
            needs.append("@cert-authority")
        }
        return Answer(settings: settings, needs: needs)
    }

    // MARK: Parts

    private func readFiles(
        _ values: HostConfiguration, _ texts: Texts, _ settings: inout SSHHostSettings,
        _ needs: inout [String]
    ) {
        let home = surroundings.home
        let users =
            values.values["userknownhostsfile"] ?? [
                "\(home)/.ssh/known_hosts", "\(home)/.ssh/known_hosts2",
            ]
        let globals =
            values.values["globalknownhostsfile"] ?? [
                "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2",
            ]
        let usersPaths = users.filter { $0 != "none" }
            .compactMap { texts.path($0, "userknownhostsfile", &needs) }
        settings.knownHostsFiles =
            usersPaths
            + globals.filter { $0 != "none" }
            .compactMap { texts.path($0, "globalknownhostsfile", &needs) }
        let isNewAccepted = acceptsNew || values.first("stricthostkeychecking") == "accept-new"
        if isNewAccepted, let file = usersPaths.first {
            settings.newHosts = .accept(
                file: file, hashed: values.flag("hashknownhosts") ?? false)
        }
        let named = values.lists["identityfile"]
        settings.identityFiles =
            (named ?? Self.usualKeys.map { "\(home)/.ssh/\($0)" })
            .filter { $0 != "none" }
            .compactMap { texts.path($0, "identityfile", &needs) }
        settings.certificateFiles = (values.lists["certificatefile"] ?? [])
            .compactMap { texts.path($0, "certificatefile", &needs) }
    }

    private func readAuthentication(
        _ values: HostConfiguration, _ texts: Texts, _ settings: inout SSHHostSettings,
        _ needs: inout [String]
    ) {
        settings.identitiesOnly = values.flag("identitiesonly") ?? false
        switch values.first("identityagent") {
        case "none"?: settings.agent = nil
        case "SSH_AUTH_SOCK"?, nil: settings.agent = surroundings.variables["SSH_AUTH_SOCK"]
        case let name? where name.hasPrefix("$"):
            settings.agent = surroundings.variables[String(name.dropFirst())]
        case let path?: settings.agent = texts.path(path, "identityagent", &needs)
        }
        if settings.agent == "" { settings.agent = nil }
        if settings.identitiesOnly, settings.agent != nil,
            settings.identityFiles.contains(where: {
                !surroundings.exists($0) && surroundings.exists("\($0).pub")
            })
        {
            needs.append("identitiesonly with a key that only the agent has")
        }
        settings.isBatch = values.flag("batchmode") ?? false
        if values.flag("pubkeyauthentication") == false { settings.methods.remove(.publicKey) }
        if values.flag("passwordauthentication") == false { settings.methods.remove(.password) }
        if values.flag("kbdinteractiveauthentication") == false {
            settings.methods.remove(.keyboardInteractive)
        }
        guard let preferred = values.first("preferredauthentications") else { return }
        let order: [(String, SSHMethods)] = [
            ("publickey", .publicKey), ("keyboard-interactive", .keyboardInteractive),
            ("password", .password),
        ]
        let names = preferred.split(separator: ",").map(String.init)
        let ours = names.compactMap { name in order.firstIndex { $0.0 == name } }
        if ours != ours.sorted() { needs.append("preferredauthentications") }
        settings.methods.formIntersection(SSHMethods(ours.map { order[$0].1 }))
    }

    private func readConnection(
        _ values: HostConfiguration, _ settings: inout SSHHostSettings, _ needs: inout [String]
    ) {
        func seconds(_ keyword: String) -> Int? {
            guard let text = values.first(keyword), text != "none" else { return nil }
            if let number = Int(text), (0...86_400).contains(number) { return number }
            needs.append(keyword)
            return nil
        }
        settings.connectTimeout = seconds("connecttimeout").flatMap { $0 > 0 ? .seconds($0) : nil }
        settings.aliveInterval = seconds("serveraliveinterval")
            .flatMap { $0 > 0 ? .seconds($0) : nil }
        settings.aliveCount = seconds("serveralivecountmax") ?? 3
        switch values.first("addressfamily")?.lowercased() {
        case "inet"?: settings.family = .v4
        case "inet6"?: settings.family = .v6
        case "any"?, nil: settings.family = .any
        case _: needs.append("addressfamily")
        }
        if let address = values.first("bindaddress") {
            settings.localAddress = InternetAddress(literal: address)
            if settings.localAddress == nil { needs.append("bindaddress") }
        }
        settings.usesCompression = values.flag("compression") ?? false
    }

    private func readAlgorithms(
        _ values: HostConfiguration, _ settings: inout SSHHostSettings, _ needs: inout [String]
    ) {
        func list(_ keyword: String) -> String? {
            guard let list = values.first(keyword) else { return nil }
            // These change ssh(1)'s own list, which is not ours.
            if list.contains(where: { "+^*?!".contains($0) }) || list.hasPrefix("-") {
                needs.append(keyword)
                return nil
            }
            return list
        }
        settings.ciphers = list("ciphers")
        settings.macs = list("macs")
        settings.keyExchange = list("kexalgorithms")
        settings.hostKeyAlgorithms = list("hostkeyalgorithms")
        settings.publicKeyAlgorithms = list("pubkeyacceptedalgorithms")
    }

    private func readEnvironment(
        _ values: HostConfiguration, _ settings: inout SSHHostSettings
    ) {
        var patterns: [String] = []
        for word in values.lists["sendenv"] ?? [] {
            if word.hasPrefix("-") {
                let taken = Array(word.dropFirst().utf8)
                patterns.removeAll { SSHPattern.matches(taken, Array($0.utf8)) }
            } else {
                patterns.append(word)
            }
        }
        settings.environment = surroundings.variables
            .filter { variable in
                patterns.contains {
                    SSHPattern.matches(Array($0.utf8), Array(variable.key.utf8))
                }
            }
            .sorted { $0.key < $1.key }
            .map { SSHHostSettings.Variable(name: $0.key, value: $0.value) }
        for word in values.values["setenv"] ?? [] {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            settings.environment.append(
                SSHHostSettings.Variable(name: String(parts[0]), value: String(parts[1])))
        }
    }

    /// Texts of a host's configuration, with what their tokens stand for.
    private struct Texts {
        let surroundings: Surroundings
        let tokens: [Character: String]

        init(
            surroundings: Surroundings, original: String, name: String, port: UInt16, user: String,
            alias: String?
        ) {
            self.surroundings = surroundings
            tokens = [
                "d": surroundings.home, "h": name, "i": "\(surroundings.userID)",
                "k": alias ?? original,
                "L": String(surroundings.localHost.prefix { $0 != "." }),
                "l": surroundings.localHost, "n": original, "p": "\(port)", "r": user,
                "u": surroundings.localUser,
            ]
        }

        /// A path, or `nil` with a need where only ssh(1) knows what it stands for.
        func path(_ text: String, _ keyword: String, _ needs: inout [String]) -> String? {
            guard !text.contains("${"), let replaced = ConfigurationTokens.replace(text, tokens),
                replaced.hasPrefix("~/") || !replaced.hasPrefix("~")
            else {
                needs.append(keyword)
                return nil
            }
            return replaced.hasPrefix("~/") ? surroundings.home + replaced.dropFirst() : replaced
        }
    }
}
