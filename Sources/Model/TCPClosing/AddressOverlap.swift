// SPDX-License-Identifier: Apache-2.0

/// Why a new local address and one in use are not apart (Linux `inet_rcv_saddr_equal`).
public enum AddressOverlap: String, Hashable, Sendable, CaseIterable {
    /// They are the same; a mapped IPv6 address is its IPv4 address.
    case same
    /// The new one is the wildcard of its family.
    case requestIsWildcard
    /// The one in use is the wildcard of its family.
    case holderIsWildcard
    /// The new one is `::` without `IPV6_V6ONLY`, which takes IPv4 too.
    case requestTakesIPv4
    /// The one in use is `::` without `IPV6_V6ONLY`: an IPv6 socket that blocks IPv4.
    case holderTakesIPv4
    /// The new one is `0.0.0.0`, and the one in use belongs to an IPv6 connection without
    /// `IPV6_V6ONLY`, which the kernel takes for one that may be IPv4; it does not do that for
    /// `::ffff:0.0.0.0`, which is the same address (measured).
    case ipv6ConnectionBlocksIPv4

    /// How a request and a holder overlap, or `nil` when they are apart.
    ///
    /// `IPV6_V6ONLY` of the holder counts as not set when it is not known.
    init?(_ request: BindRequest, _ holder: PortHolder) {
        let new = request.address.unmapped
        let old = holder.localAddress.unmapped
        let isOldOnlyIPv6 = holder.isIPv6Only == true
        switch (new, old) {
        case (.v4, .v4), (.v6, .v6):
            if new.isSame(as: old) {
                self = .same
            } else if new.isWildcard {
                self = .requestIsWildcard
            } else if old.isWildcard {
                self = .holderIsWildcard
            } else {
                return nil
            }
        case (.v6, .v4):
            guard new.isWildcard, !request.isIPv6Only else { return nil }
            self = .requestTakesIPv4
        case (.v4, .v6):
            if isOldOnlyIPv6 { return nil }
            if old.isWildcard {
                self = .holderTakesIPv4
            } else if new.isWildcard, !request.address.isMapped {
                self = .ipv6ConnectionBlocksIPv4
            } else {
                return nil
            }
        }
    }
}
