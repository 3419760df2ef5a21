// SPDX-License-Identifier: Apache-2.0

import CLibSSH

/// An Ed25519 key: a host's, or the one that lets users in.
// libssh only reads a key once it is made, and a key here never changes.
package final class FleetKey: @unchecked Sendable {
    let key: OpaquePointer

    private init(owning key: OpaquePointer) { self.key = key }

    deinit { ssh_key_free(key) }

    /// Makes a key that nobody has seen before.
    package static func make() throws(FleetError) -> FleetKey {
        FleetLibrary.begin()
        var key: OpaquePointer?
        guard ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK, let key else {
            throw .library("ssh_pki_generate")
        }
        return FleetKey(owning: key)
    }

    /// `ssh-ed25519 AAAA…`, as known_hosts and authorized_keys have it.
    package func publicLine() throws(FleetError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else {
            throw .library("ssh_pki_export_pubkey_base64")
        }
        defer { ssh_string_free_char(text) }
        return "ssh-ed25519 " + String(cString: text)
    }

    /// Writes the private key into a file, without a passphrase.
    package func write(to path: String) throws(FleetError) {
        guard ssh_pki_export_privkey_file(key, nil, nil, nil, path) == SSH_OK else {
            throw .library("ssh_pki_export_privkey_file")
        }
    }

    /// Whether this is the public part of the same key.
    func isSame(as other: OpaquePointer) -> Bool {
        ssh_key_cmp(key, other, SSH_KEY_CMP_PUBLIC) == 0
    }
}

/// libssh as a whole.
enum FleetLibrary {
    private static let isReady = ssh_init() == SSH_OK

    /// Makes libssh ready, once in the life of the process.
    static func begin() { precondition(isReady, "libssh cannot be initialised") }
}

/// Why there is no fleet.
package enum FleetError: Error, Hashable, CustomStringConvertible {
    /// libssh refused.
    case library(String)

    package var description: String {
        switch self {
        case .library(let call): "libssh refuses \(call)"
        }
    }
}
