// SPDX-License-Identifier: Apache-2.0

/// Hosts in the order they were named, each once.
///
/// Two entries are the same when name, user and port are: `node1` and `root@node1` are two.
/// Two sets are equal when they hold the same hosts in the same order.
public struct HostSet: Sendable {
    private var ordered: [Host] = []
    private var members: Set<Host> = []

    /// An empty set.
    public init() {}

    /// The hosts in their order; of equal ones the first is kept.
    public init(_ hosts: some Sequence<Host>) {
        reserveCapacity(hosts.underestimatedCount)
        for host in hosts { append(host) }
    }

    /// Makes room for so many hosts.
    public mutating func reserveCapacity(_ count: Int) {
        ordered.reserveCapacity(count)
        members.reserveCapacity(count)
    }

    /// Adds a host at the end, unless the set holds it; whether it was added.
    @discardableResult
    public mutating func append(_ host: Host) -> Bool {
        let isNew = members.insert(host).inserted
        if isNew { ordered.append(host) }
        return isNew
    }

    /// Whether the set holds exactly this host: same name, user and port.
    public func contains(_ host: Host) -> Bool { members.contains(host) }

    /// The hosts that no entry of `excluded` takes out, in their order.
    ///
    /// An excluded entry that is only a name takes out every host of that name, whatever its user
    /// and port. One with a user or a port takes out only the host that is exactly so written.
    public func subtracting(_ excluded: HostSet) -> HostSet {
        guard !excluded.isEmpty else { return self }
        var rest = self
        rest.ordered.removeAll { host in
            let isExcluded = excluded.excludes(host)
            if isExcluded { rest.members.remove(host) }
            return isExcluded
        }
        return rest
    }

    /// Whether subtracting this set takes out `host`.
    func excludes(_ host: Host) -> Bool {
        contains(host) || contains(Host(checked: host.name, user: nil, port: nil))
    }
}

extension HostSet: RandomAccessCollection {
    /// 0, the place of the first host.
    public var startIndex: Int { 0 }
    /// The number of hosts.
    public var endIndex: Int { ordered.count }
    /// The host at this place, 0 ..< `count`.
    public subscript(position: Int) -> Host { ordered[position] }
}

extension HostSet: Hashable {
    /// Whether both hold the same hosts in the same order.
    public static func == (left: HostSet, right: HostSet) -> Bool { left.ordered == right.ordered }

    /// Feeds the hosts, in their order, to the hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(ordered) }
}

extension HostSet: CustomStringConvertible {
    /// The hosts as the shortest pattern that stands for them, in natural order.
    public var description: String { HostPatternFolding.fold(self) }
}
