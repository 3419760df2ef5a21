// SPDX-License-Identifier: Apache-2.0

import CLibSSH

/// A key of libssh: a server's, or one of ours, which all sessions use.
// libssh only reads a key once it is loaded, and a key here never changes.
final class LibraryKey: @unchecked Sendable {
    let key: OpaquePointer

    init(owning key: OpaquePointer) { self.key = key }

    deinit { ssh_key_free(key) }

    /// The type as known_hosts writes it, `ssh-ed25519`.
    var type: String {
        ssh_key_type_to_char(ssh_key_type(key)).map { String(cString: $0) } ?? ""
    }

    /// Whether its signature algorithm depends on what the server takes.
    var isRSA: Bool {
        let type = ssh_key_type(key)
        return type == SSH_KEYTYPE_RSA || type == SSH_KEYTYPE_RSA_CERT01
    }

    /// The public part in base 64.
    var base64: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else { return nil }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }

    /// `SHA256:…`, as ssh shows it.
    var fingerprint: String? {
        var hash: UnsafeMutablePointer<UInt8>?
        var length = 0
        guard ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) == 0 else {
            return nil
        }
        defer { ssh_clean_pubkey_hash(&hash) }
        guard let text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length) else {
            return nil
        }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }

    /// The public key of a line of known_hosts.
    convenience init?(base64: String, type: String) {
        var key: OpaquePointer?
        let kind = ssh_key_type_from_name(type)
        guard ssh_pki_import_pubkey_base64(base64, kind, &key) == SSH_OK, let key else {
            return nil
        }
        self.init(owning: key)
    }
}
