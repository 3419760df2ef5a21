// SPDX-License-Identifier: Apache-2.0

/// What an ssh server says before its words are encrypted (RFC 4253), to be bent and broken.
enum ServerWords {
    static let identification = Array("SSH-2.0-Hostile_1.0\r\n".utf8)

    /// KEXINIT with algorithms that every client has (section 7.1).
    static let keyExchangeInit: [UInt8] = {
        let lists = [
            "curve25519-sha256", "ssh-ed25519", "aes256-gcm@openssh.com", "aes256-gcm@openssh.com",
            "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", "",
        ]
        return packet(
            [20] + [UInt8](repeating: 7, count: 16) + lists.flatMap { string(Array($0.utf8)) }
                + [0, 0, 0, 0, 0])
    }()

    /// The server's part of an elliptic-curve exchange, with a key and a signature of no worth
    /// (RFC 5656 section 4).
    static let keyExchangeReply: [UInt8] = {
        let key = string(Array("ssh-ed25519".utf8)) + string([UInt8](repeating: 1, count: 32))
        let signature =
            string(Array("ssh-ed25519".utf8)) + string([UInt8](repeating: 2, count: 64))
        return packet(
            [31] + string(key) + string([UInt8](repeating: 9, count: 32)) + string(signature))
    }()

    static let newKeys = packet([21])
    static let disconnect = packet(
        [1, 0, 0, 0, 11] + string(Array("go away".utf8)) + string([]))

    static var all: [UInt8] {
        identification + keyExchangeInit + keyExchangeReply + newKeys
    }

    /// A packet without cipher (section 6).
    static func packet(_ payload: [UInt8]) -> [UInt8] {
        var padding = 8 - (payload.count + 5) % 8
        if padding < 4 { padding += 8 }
        return number(payload.count + padding + 1) + [UInt8(padding)] + payload
            + [UInt8](repeating: 0, count: padding)
    }

    static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }
}
