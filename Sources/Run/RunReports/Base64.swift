// SPDX-License-Identifier: Apache-2.0

/// Bytes as base64 text (RFC 4648 §4), padded, on one line.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let count = min(3, bytes.endIndex - place)
            var group: UInt32 = 0
            for step in 0..<3 {
                group = group << 8 | (step < count ? UInt32(bytes[place + step]) : 0)
            }
            for digit in 0..<4 {
                let value = Int(group >> UInt32(18 - 6 * digit) & 0x3f)
                text.append(digit <= count ? alphabet[value] : UInt8(ascii: "="))
            }
            place += count
        }
        return text
    }
}
