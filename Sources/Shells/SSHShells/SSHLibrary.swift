// SPDX-License-Identifier: Apache-2.0

import CLibSSH

/// libssh as a whole.
package enum SSHLibrary {
    /// Key exchanges, the best first; libssh leaves out what it does not have.
    ///
    /// No sntrup761: it costs 75 ms of computing per host (libssh 0.12, measured) and would be chosen
    /// before curve25519 by servers that have both.
    static let keyExchange = """
        mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
        ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,\
        diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256,\
        diffie-hellman-group14-sha256
        """

    /// Host key algorithms, the best first.
    static let hostKeyAlgorithms = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "rsa-sha2-512", "rsa-sha2-256",
    ]

    private static let isReady = ssh_init() == SSH_OK

    /// Makes libssh ready, once in the life of the process.
    static func begin() { precondition(isReady, "libssh cannot be initialised") }

    /// The version that is running, `0.10.6`.
    package static var version: String {
        guard let text = ssh_version(0) else { return "" }
        return String(String(cString: text).prefix { $0 != "/" })
    }
}
