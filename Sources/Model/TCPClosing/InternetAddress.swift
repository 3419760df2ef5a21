// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address, as a value.
public enum InternetAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address, in host byte order: `127.0.0.1` is `0x7f00_0001`.
    case v4(UInt32)
    /// An IPv6 address as two halves in host byte order, and its zone (0 for none).
    case v6(high: UInt64, low: UInt64, zone: UInt32)

    /// The address with an IPv4-mapped IPv6 address (`::ffff:a.b.c.d`) turned into its IPv4 form.
    ///
    /// The kernel treats both as the same address (RFC 4291 section 2.5.5.2).
    public var unmapped: InternetAddress {
        switch self {
        case .v4: self
        case .v6(high: 0, let low, zone: _) where low >> 32 == 0xffff:
            .v4(UInt32(truncatingIfNeeded: low))
        case .v6: self
        }
    }

    /// The usual text form; IPv6 in RFC 5952 form.
    public var description: String {
        switch self {
        case .v4(let bits):
            return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .v6(high: 0, let low, zone: 0) where low >> 32 == 0xffff:
            // RFC 5952 section 5: the prefix tells that an IPv4 address is inside.
            return "::ffff:\(unmapped)"
        case .v6(let high, let low, let zone):
            let groups = Self.groups(of: high) + Self.groups(of: low)
            return Self.text(of: groups) + (zone == 0 ? "" : "%\(zone)")
        }
    }

    private static func groups(of half: UInt64) -> [UInt64] {
        [half >> 48, half >> 32 & 0xffff, half >> 16 & 0xffff, half & 0xffff]
    }

    /// RFC 5952 section 4: the longest run of two or more zero groups becomes `::`.
    private static func text(of groups: [UInt64]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            guard groups[start] == 0 else {
                start += 1
                continue
            }
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(best.count, 1) { best = start..<end }
            start = end
        }
        func hexadecimal(_ groups: some Sequence<UInt64>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !best.isEmpty else { return hexadecimal(groups) }
        return hexadecimal(groups[..<best.lowerBound]) + "::"
            + hexadecimal(groups[best.upperBound...])
    }
}
