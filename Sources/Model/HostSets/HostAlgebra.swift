// SPDX-License-Identifier: Apache-2.0

/// What the value of an expression about hosts can be: in order (`HostSet`), or in ranges
/// (`HostRanges`).
protocol HostAlgebra: Sendable {
    init()
    mutating func insert(_ template: HostTemplate)
    mutating func insert(_ host: Host)
    /// Adds names that have been checked, without user and port.
    mutating func insert(names: [Range<Int>], of bytes: [UInt8])
    mutating func formUnion(_ other: Self)
    func subtracting(_ other: Self) -> Self
    func intersection(_ other: Self) -> Self
    func symmetricDifference(_ other: Self) -> Self
    func visit(_ body: (Host) -> Void)
}

extension HostRanges: HostAlgebra {
    mutating func insert(names: [Range<Int>], of bytes: [UInt8]) {
        var gathering = HostGathering()
        for name in names { gathering.insert(bytes[name]) }
        let gathered = gathering.take()
        if numbers.isEmpty { self = gathered } else { formUnion(gathered) }
    }
}

extension HostSet: HostAlgebra {
    mutating func insert(_ template: HostTemplate) { template.forEachHost { append($0) } }

    mutating func insert(_ host: Host) { append(host) }

    mutating func insert(names: [Range<Int>], of bytes: [UInt8]) {
        reserveCapacity(count + names.count)
        for name in names {
            let text = String(decoding: bytes[name], as: UTF8.self)
            append(Host(checked: HostName(checked: text), user: nil, port: nil))
        }
    }

    /// Adds the hosts of another set behind these.
    public mutating func formUnion(_ other: HostSet) {
        if isEmpty { self = other } else { for host in other { append(host) } }
    }

    /// The hosts that subtracting `other` would take out, in their order.
    public func intersection(_ other: HostSet) -> HostSet {
        HostSet(lazy.filter { other.excludes($0) })
    }

    /// The hosts that `other` does not take out, then those of `other` that this set does not.
    public func symmetricDifference(_ other: HostSet) -> HostSet {
        var result = subtracting(other)
        result.formUnion(other.subtracting(self))
        return result
    }

    func visit(_ body: (Host) -> Void) {
        for host in self { body(host) }
    }
}
