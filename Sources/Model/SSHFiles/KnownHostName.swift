// SPDX-License-Identifier: Apache-2.0

/// The name by which a host stands in known_hosts, and the line that makes it known.
package enum KnownHostName {
    /// The name of a host at a port: `node7`, or `[node7]:2222` off the usual port.
    package static func name(of host: String, port: Int) -> String {
        let host = String(decoding: SSHPattern.lowercased(host.utf8), as: UTF8.self)
        return port == 22 ? host : "[\(host)]:\(port)"
    }

    /// A line for a host and its key, without a line end.
    ///
    /// The salt is 20 random bytes to hide the name with, or `nil` to write it out.
    package static func line(
        for name: String, keyType: String, key: String, salt: [UInt8]?
    ) -> String {
        guard let salt else { return "\(name) \(keyType) \(key)" }
        let hash = SHA1.authentication(of: SSHPattern.lowercased(name.utf8), key: salt)
        return "|1|\(Base64.text(of: salt))|\(Base64.text(of: hash)) \(keyType) \(key)"
    }
}
