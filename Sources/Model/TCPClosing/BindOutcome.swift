// SPDX-License-Identifier: Apache-2.0

/// How bind(2) or listen(2) ends.
public enum BindOutcome: Hashable, Sendable {
    /// It succeeds.
    case succeeds
    /// It fails with `EADDRINUSE` because of these, of which one at least is certain; certain ones
    /// come first.
    case addressInUse([BindObstacle])
    /// It fails with `EADDRINUSE`, or succeeds: that depends on what is not known about these.
    case depends([BindObstacle])
    /// It fails with `EINVAL`: a mapped address on a socket with `IPV6_V6ONLY`.
    case mappedAddressRefused

    /// The holders in the way, for certain or perhaps.
    public var obstacles: [BindObstacle] {
        switch self {
        case .succeeds, .mappedAddressRefused: []
        case .addressInUse(let obstacles), .depends(let obstacles): obstacles
        }
    }

    init(_ obstacles: [BindObstacle]) {
        let certain = obstacles.filter(\.isCertain)
        let possible = obstacles.filter { !$0.isCertain }
        if !certain.isEmpty {
            self = .addressInUse(certain + possible)
        } else if !possible.isEmpty {
            self = .depends(possible)
        } else {
            self = .succeeds
        }
    }
}
