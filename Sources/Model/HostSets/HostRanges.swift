// SPDX-License-Identifier: Apache-2.0

/// Many hosts, kept in ranges and without the order they were named in.
///
/// A set of a million consecutive names takes a few words, and its operations cost what its ranges
/// cost. The order is by shape of the name, then by its numbers from left to right, shorter ones
/// first: `a[1-2]`, `node[1-20]`. Names with several numbers are kept one by one, each a few words.
public struct HostRanges: Hashable, Sendable {
    /// The numbers of the names of one shape.
    enum Numbers: Hashable, Sendable {
        /// The one name of a shape without numbers.
        case one
        /// Names with one number.
        case line(NumberSet)
        /// Names with several.
        case rows(TupleSet)

        var count: Int {
            switch self {
            case .one: 1
            case .line(let numbers): numbers.count
            case .rows(let rows): rows.count
            }
        }

        var isEmpty: Bool {
            switch self {
            case .one: false
            case .line(let numbers): numbers.isEmpty
            case .rows(let rows): rows.isEmpty
            }
        }
    }

    var numbers: [HostShape: Numbers] = [:]

    /// An empty set.
    public init() {}

    /// These hosts.
    public init(_ hosts: some Sequence<Host>) {
        var gathering = HostGathering()
        for host in hosts {
            gathering.insert(Array(host.name.text.utf8)[...], user: host.user, port: host.port)
        }
        self = gathering.take()
    }

    /// How many hosts the set holds.
    public var count: Int { numbers.values.reduce(0) { $0 + $1.count } }

    /// Whether the set holds none.
    public var isEmpty: Bool { numbers.values.allSatisfy(\.isEmpty) }

    /// Adds a host.
    public mutating func insert(_ host: Host) {
        insert(name: host.name.text.utf8, user: host.user, port: host.port)
    }

    mutating func insert(name: some Collection<UInt8>, user: String?, port: Int?) {
        var shape = HostShape(user: user, port: port, outline: [])
        var ranks: [Int] = []
        HostShape.dissect(name, outline: &shape.outline, ranks: &ranks)
        insert(ranks, of: shape)
    }

    mutating func insert(_ ranks: [Int], of shape: HostShape) {
        switch ranks.count {
        case 0: numbers[shape] = .one
        case 1:
            modifyLine(of: shape) { $0.insert(ranks[0]) }
        case let axes:
            modifyRows(of: shape, axes: axes) { $0.append(ranks) }
        }
    }

    /// Changes the numbers of one shape in place.
    mutating func modifyLine(of shape: HostShape, _ change: (inout NumberSet) -> Void) {
        let index = numbers.index(forKey: shape)
        guard let index else {
            var set = NumberSet()
            change(&set)
            numbers[shape] = .line(set)
            return
        }
        // Taken out while it changes, so that nothing is copied.
        if case .line(var set) = numbers.values[index] {
            numbers.values[index] = .one
            change(&set)
            numbers.values[index] = .line(set)
        }
    }

    mutating func modifyRows(of shape: HostShape, axes: Int, _ change: (inout TupleSet) -> Void) {
        let index = numbers.index(forKey: shape)
        guard let index else {
            var set = TupleSet(axes: axes)
            change(&set)
            numbers[shape] = .rows(set)
            return
        }
        if case .rows(var set) = numbers.values[index] {
            numbers.values[index] = .one
            change(&set)
            numbers.values[index] = .rows(set)
        }
    }

    /// Adds the hosts a template stands for.
    mutating func insert(_ template: HostTemplate) {
        guard let (outline, sets) = template.box() else {
            template.forEachHost { insert($0) }
            return
        }
        let shape = HostShape(user: template.user, port: template.port, outline: outline)
        switch sets.count {
        case 0: numbers[shape] = .one
        case 1: modifyLine(of: shape) { $0.formUnion(sets[0]) }
        case let axes: modifyRows(of: shape, axes: axes) { $0.append(product: sets) }
        }
    }

    /// The shapes in order, those that only differ in user and port one after the other.
    var shapes: [HostShape] {
        numbers.keys.sorted { left, right in
            if left.outline != right.outline {
                return NaturalOrder.precedes(left.outline, right.outline)
            }
            return NaturalOrder.precedes(
                user: left.user, port: left.port, user: right.user, port: right.port)
        }
    }
}

extension HostRanges {
    /// Calls `body` with the numbers of each host and what it has in common with others, in order.
    func forEachRow(_ body: (HostShape, ArraySlice<Int>) -> Void) {
        for shape in shapes {
            switch numbers[shape] {
            case nil: break
            case .one: body(shape, [])
            case .line(let set): set.visit { body(shape, [$0]) }
            case .rows(let set):
                let rows = set.rows
                for start in stride(from: 0, to: rows.count, by: set.axes) {
                    body(shape, rows[start..<(start + set.axes)])
                }
            }
        }
    }

    /// Calls `body` with every host, in order.
    public func visit(_ body: (Host) -> Void) {
        forEachRow { shape, ranks in
            var bytes: [UInt8] = []
            shape.name(ranks, into: &bytes)
            let name = HostName(checked: String(decoding: bytes, as: UTF8.self))
            body(Host(checked: name, user: shape.user, port: shape.port))
        }
    }

    /// The hosts one by one, in order.
    public var hosts: [Host] {
        var hosts: [Host] = []
        hosts.reserveCapacity(count)
        visit { hosts.append($0) }
        return hosts
    }

    /// Appends every host as a user writes it, with `separator` in between.
    public func write(separator: [UInt8], to output: inout [UInt8]) {
        var isFirst = true
        for shape in shapes {
            let (before, after) = shape.surroundings
            let write = { (ranks: ArraySlice<Int>, output: inout [UInt8]) in
                if isFirst { isFirst = false } else { output.append(contentsOf: separator) }
                output.append(contentsOf: before)
                shape.name(ranks, into: &output)
                output.append(contentsOf: after)
            }
            switch numbers[shape] {
            case nil: break
            case .one: write([], &output)
            case .line(let set):
                let pieces = shape.outline.split(
                    separator: UInt8(ascii: "["), omittingEmptySubsequences: false)
                let (head, tail) = (before + pieces[0], pieces[1] + after)
                for interval in set.intervals {
                    for rank in interval.lower...interval.upper {
                        if isFirst { isFirst = false } else { output.append(contentsOf: separator) }
                        output.append(contentsOf: head)
                        DigitString.append(rank: rank, to: &output)
                        output.append(contentsOf: tail)
                    }
                }
            case .rows(let set):
                let rows = set.rows
                for start in stride(from: 0, to: rows.count, by: set.axes) {
                    write(rows[start..<(start + set.axes)], &output)
                }
            }
        }
    }
}

extension HostShape {
    /// What stands before and after the name when a user writes the host.
    fileprivate var surroundings: (before: [UInt8], after: [UInt8]) {
        var before: [UInt8] = []
        var after: [UInt8] = []
        if let user { before.append(contentsOf: (user + "@").utf8) }
        if let port {
            let isAddress = outline.contains(UInt8(ascii: ":"))
            if isAddress { before.append(UInt8(ascii: "[")) }
            after.append(contentsOf: ((isAddress ? "]:" : ":") + String(port)).utf8)
        }
        return (before, after)
    }
}
