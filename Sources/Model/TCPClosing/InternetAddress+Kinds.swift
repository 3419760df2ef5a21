// SPDX-License-Identifier: Apache-2.0

extension InternetAddress {
    /// Whether it is `0.0.0.0`, `::` or `::ffff:0.0.0.0`: every address of this machine.
    public var isWildcard: Bool {
        switch unmapped {
        case .v4(let bits): bits == 0
        case .v6(let high, let low, zone: _): high == 0 && low == 0
        }
    }

    /// Whether it is in `127.0.0.0/8`, or `::1`.
    public var isLoopback: Bool {
        switch unmapped {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let high, let low, zone: _): high == 0 && low == 1
        }
    }

    /// Whether it is an IPv4 address in IPv6 form, `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2).
    public var isMapped: Bool { unmapped != self }

    /// Whether two addresses are the same to the kernel: unmapped, and whatever their zones.
    ///
    /// What tells two zones apart is the interface that a socket is bound to.
    func isSame(as other: InternetAddress) -> Bool {
        switch (unmapped, other.unmapped) {
        case (.v4(let one), .v4(let other)): one == other
        case (.v6(let high, let low, zone: _), .v6(let otherHigh, let otherLow, zone: _)):
            high == otherHigh && low == otherLow
        case (.v4, .v6), (.v6, .v4): false
        }
    }
}
