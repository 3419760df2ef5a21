// SPDX-License-Identifier: Apache-2.0

package import SSHSessionModel
package import TCPClosing

/// How one host is reached, resolved from configuration and options.
package struct SSHHostSettings: Hashable, Sendable {
    /// The name or address to connect to.
    package var hostName: String
    package var port: UInt16
    package var user: String
    /// The name under which the host's key is known, before the port is added.
    package var knownHostName: String
    /// Whether `knownHostName` stands as it is, without the port (`HostKeyAlias`).
    package var isAlias = false
    /// The known_hosts files, in the order in which they are read.
    package var knownHostsFiles: [String] = []
    /// Private keys, in the order in which they are tried.
    package var identityFiles: [String] = []
    /// Certificates beside those next to the keys.
    package var certificateFiles: [String] = []
    /// Whether only the keys of files are tried, none of the agent's others.
    package var identitiesOnly = false
    /// The agent's socket, or `nil` for no agent.
    package var agent: String?
    package var methods: SSHMethods = [.publicKey, .keyboardInteractive, .password]
    package var environment: [Variable] = []
    package var keyExchange: String?
    package var hostKeyAlgorithms: String?
    package var publicKeyAlgorithms: String?
    package var ciphers: String?
    package var macs: String?
    package var usesCompression = false
    package var family = Family.any
    /// The address to call from, or `nil` for the kernel's choice.
    package var localAddress: InternetAddress?
    /// Whether nobody is asked anything for this host (`BatchMode`).
    package var isBatch = false
    /// How long an unanswered TCP connection is waited for (`ConnectTimeout`).
    package var connectTimeout: Duration?
    /// After how much silence the server is asked for a sign of life; `nil` for never.
    package var aliveInterval: Duration?
    /// How many such questions may go unanswered.
    package var aliveCount = 3
    package var newHosts = NewHosts.refuse

    /// A variable for the command's environment.
    package struct Variable: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Which addresses of a name are used.
    package enum Family: Hashable, Sendable {
        case any
        case v4
        case v6
    }

    /// What becomes of a host whose key is on no line of known_hosts.
    package enum NewHosts: Hashable, Sendable {
        /// It is not reached.
        case refuse
        /// Its key is written to this file, and trusted from now on.
        case accept(file: String, hashed: Bool)
    }

    package init(
        hostName: String, port: UInt16 = 22, user: String, knownHostName: String? = nil
    ) {
        self.hostName = hostName
        self.port = port
        self.user = user
        self.knownHostName = knownHostName ?? hostName
    }
}
