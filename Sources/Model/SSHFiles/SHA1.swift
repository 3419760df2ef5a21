// SPDX-License-Identifier: Apache-2.0

/// SHA-1 and HMAC-SHA-1 (RFC 3174, RFC 2104), for hashed names in known_hosts only.
///
/// There they hide names from readers of the file and protect nothing else, so SHA-1's weakness
/// does not matter.
package enum SHA1 {
    /// The length of a digest, in bytes.
    package static let length = 20

    private static let blockLength = 64

    /// The digest of the bytes.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var message = bytes
        message.append(0x80)
        while message.count % blockLength != 56 { message.append(0) }
        let bitCount = UInt64(bytes.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
        }
        var state = State()
        var words = [UInt32](repeating: 0, count: 80)
        for start in stride(from: 0, to: message.count, by: blockLength) {
            state.absorb(message, at: start, words: &words)
        }
        return state.bytes
    }

    /// The keyed digest of the message.
    package static func authentication(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        let short = key.count > blockLength ? digest(of: key) : key
        let padded = short + [UInt8](repeating: 0, count: blockLength - short.count)
        let inner = digest(of: padded.map { $0 ^ 0x36 } + message)
        return digest(of: padded.map { $0 ^ 0x5c } + inner)
    }

    private struct State {
        var a: UInt32 = 0x6745_2301
        var b: UInt32 = 0xefcd_ab89
        var c: UInt32 = 0x98ba_dcfe
        var d: UInt32 = 0x1032_5476
        var e: UInt32 = 0xc3d2_e1f0

        mutating func absorb(_ message: [UInt8], at start: Int, words: inout [UInt32]) {
            for index in 0..<16 {
                let at = start + 4 * index
                words[index] =
                    UInt32(message[at]) << 24 | UInt32(message[at + 1]) << 16
                    | UInt32(message[at + 2]) << 8 | UInt32(message[at + 3])
            }
            for index in 16..<80 {
                words[index] = Self.rotate(
                    words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
            }
            var (a, b, c, d, e) = (a, b, c, d, e)
            for index in 0..<80 {
                let (mixed, constant): (UInt32, UInt32) =
                    if index < 20 {
                        (b & c | ~b & d, 0x5a82_7999)
                    } else if index < 40 {
                        (b ^ c ^ d, 0x6ed9_eba1)
                    } else if index < 60 {
                        (b & c | b & d | c & d, 0x8f1b_bcdc)
                    } else {
                        (b ^ c ^ d, 0xca62_c1d6)
                    }
                let next = Self.rotate(a, 5) &+ mixed &+ e &+ constant &+ words[index]
                (e, d, c, b, a) = (d, c, Self.rotate(b, 30), a, next)
            }
            self.a &+= a
            self.b &+= b
            self.c &+= c
            self.d &+= d
            self.e &+= e
        }

        var bytes: [UInt8] {
            [a, b, c, d, e]
                .flatMap { word in
                    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
                }
        }

        private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
            word << count | word >> (32 - count)
        }
    }
}
