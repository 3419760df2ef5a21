// SPDX-License-Identifier: Apache-2.0

/// What may be unknown about a holder of a port.
public enum PortUnknown: String, Hashable, Sendable, CaseIterable {
    /// How it came by its port.
    case origin
    /// Whether it has `IPV6_V6ONLY`.
    case ipv6Only
    /// Whether it has `SO_REUSEADDR`.
    case reuseAddress
    /// Whether it has `SO_REUSEPORT`.
    case reusePort
    /// Whose it is.
    case user
    /// Whether its connection had timestamps.
    case timestamps
    /// How long ago it came to be.
    case age
}

extension PortHolder {
    /// What is unknown about it.
    public var unknowns: [PortUnknown] { PortUnknown.allCases.filter(isUnknown) }

    private func isUnknown(_ unknown: PortUnknown) -> Bool {
        switch unknown {
        case .origin: origin == nil
        case .ipv6Only: isIPv6Only == nil
        case .reuseAddress: reusesAddress == nil
        case .reusePort: reusesPort == nil
        case .user: userID == nil
        case .timestamps: hasTimestamps == nil
        case .age: age == nil
        }
    }

    /// The holder with each value that something unknown may have.
    ///
    /// Of a user it only matters whether it is this one, and of an age whether it exceeds any delay.
    private func settling(_ unknown: PortUnknown, for user: UInt32) -> [PortHolder] {
        func variants<Value>(
            _ values: [Value], _ field: WritableKeyPath<PortHolder, Value?>
        ) -> [PortHolder] {
            values.map { value in
                var holder = self
                holder[keyPath: field] = value
                return holder
            }
        }
        switch unknown {
        case .origin: return variants(PortOrigin.allCases, \.origin)
        case .ipv6Only: return variants([false, true], \.isIPv6Only)
        case .reuseAddress: return variants([false, true], \.reusesAddress)
        case .reusePort: return variants([false, true], \.reusesPort)
        case .user: return variants([user, ~user], \.userID)
        case .timestamps: return variants([false, true], \.hasTimestamps)
        case .age: return variants([.zero, .seconds(86_400)], \.age)
        }
    }

    /// What a rule says about a holder, whatever its unknowns turn out to be.
    func weigh(for user: UInt32, _ rule: (PortHolder) -> Bool) -> Weighed {
        let unknowns = unknowns
        // Nothing is unknown in most tests, and much of it of no account in most dumps.
        guard !unknowns.isEmpty else { return rule(self) ? .always : .never }
        let settled = unknowns.reduce([self]) { holders, unknown in
            holders.flatMap { $0.settling(unknown, for: user) }
        }
        let answers = settled.map(rule)
        if !answers.contains(true) { return .never }
        if !answers.contains(false) { return .always }
        // What matters is what alone can change an answer.
        let deciding = unknowns.filter { unknown in
            settled.indices.contains { index in
                settled[index].settling(unknown, for: user)
                    .contains { rule($0) != answers[index] }
            }
        }
        return .depends(on: deciding)
    }
}

/// What a rule says about a holder of which not everything is known.
enum Weighed: Hashable, Sendable {
    /// No, whatever the unknowns are.
    case never
    /// Yes, whatever they are.
    case always
    /// Yes or no; these decide.
    case depends(on: [PortUnknown])
}
