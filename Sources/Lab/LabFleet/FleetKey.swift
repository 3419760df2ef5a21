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

    /// The private key as OpenSSH keeps it in a file, without a passphrase.
    package func privateFile() throws(FleetError) -> String {
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_privkey_base64(key, nil, nil, nil, &text) == SSH_OK, let text else {
            throw .library("ssh_pki_export_privkey_base64")
        }
        defer { ssh_string_free_char(text) }
        return String(cString: text).split(separator: "\n").flatMap(Self.folded)
            .map { $0 + "\n" }.joined()
    }

    /// Lines of 70 characters: libssh2 reads no longer ones, libssh writes one of 260.
    private static func folded(_ line: Substring) -> [Substring] {
        var (lines, rest): ([Substring], Substring) = ([], line)
        while !rest.isEmpty {
            lines.append(rest.prefix(70))
            rest = rest.dropFirst(70)
        }
        return lines
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
