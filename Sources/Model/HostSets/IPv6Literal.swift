// SPDX-License-Identifier: Apache-2.0

/// The text form of IPv6 addresses: RFC 4291 §2.2, with the zone of RFC 4007 §11.
enum IPv6Literal {
    /// Whether the bytes are one address: `fe80::1`, `::ffff:10.0.0.1`, `fe80::1%eth0`.
    ///
    /// The address is what `inet_pton(3)` takes: at most four hexadecimal digits to a group, at
    /// most one `::`, which stands for one group or more, and at the end perhaps four decimal
    /// numbers. The zone holds letters, digits, `.`, `-` and `_`.
    static func isWellFormed(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let percent = bytes.firstIndex(of: UInt8(ascii: "%")) else {
            return isAddress(bytes)
        }
        let zone = bytes[(percent + 1)...]
        return isAddress(bytes[..<percent]) && !zone.isEmpty && zone.allSatisfy(\.isNameByte)
    }

    private static func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
        let colon = UInt8(ascii: ":")
        var rest = bytes
        var groups = 0
        var hasGap = false
        if rest.starts(with: [colon, colon]) {
            hasGap = true
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let group = rest.prefix(while: \.isASCIIHexDigit)
            let after = rest[group.endIndex...]
            if after.first == UInt8(ascii: ".") {
                guard isIPv4Address(rest) else { return false }
                groups += 2
                break
            }
            guard 1...4 ~= group.count else { return false }
            groups += 1
            guard let separator = after.first else { break }
            guard separator == colon, after.count > 1 else { return false }
            rest = after.dropFirst()
            if rest.first == colon {
                guard !hasGap else { return false }
                hasGap = true
                rest = rest.dropFirst()
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    private static func isIPv4Address(_ bytes: ArraySlice<UInt8>) -> Bool {
        let numbers = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return numbers.count == 4
            && numbers.allSatisfy { number in
                guard 1...3 ~= number.count, number.allSatisfy(\.isASCIIDigit) else { return false }
                if number.first == UInt8(ascii: "0") { return number.count == 1 }
                return number.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
            }
    }
}
