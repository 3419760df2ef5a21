// SPDX-License-Identifier: Apache-2.0

/// Certificates of OpenSSH (PROTOCOL.certkeys), as far as it takes to see whose they are.
package enum SSHCertificate {
    /// Whether a certificate is one of this key.
    ///
    /// A certificate holds its type, a nonce, and then the key as the plain form has it behind the
    /// type. Both come as a line of a `.pub` file.
    package static func line(_ certificate: [UInt8], isOf key: [UInt8]) -> Bool {
        guard let certificate = blob(of: certificate), let key = blob(of: key),
            let afterType = end(of: certificate[...]),
            let afterNonce = end(of: certificate[afterType...]),
            let plain = end(of: key[...])
        else { return false }
        let tail = key[plain...]
        return !tail.isEmpty && certificate[afterNonce...].starts(with: tail)
    }

    /// The bytes of the second field.
    private static func blob(of line: [UInt8]) -> [UInt8]? {
        let fields = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        return fields.count >= 2 ? Base64.bytes(of: fields[1]) : nil
    }

    /// The place behind a string with its length before it (RFC 4251 section 5).
    private static func end(of bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let end = bytes.startIndex + 4 + length
        return end <= bytes.endIndex ? end : nil
    }
}
