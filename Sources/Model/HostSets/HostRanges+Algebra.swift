// SPDX-License-Identifier: Apache-2.0

extension HostRanges {
    /// Adds the hosts of another set.
    public mutating func formUnion(_ other: HostRanges) {
        for (shape, added) in other.numbers {
            switch added {
            case .one: numbers[shape] = .one
            case .line(let set): modifyLine(of: shape) { $0.formUnion(set) }
            case .rows(let set):
                modifyRows(of: shape, axes: set.axes) {
                    $0 = $0.merged(with: set, keeping: .either)
                }
            }
        }
    }

    /// The hosts of both sets.
    public func union(_ other: HostRanges) -> HostRanges {
        var result = self
        result.formUnion(other)
        return result
    }

    /// The hosts that no entry of `other` takes out.
    ///
    /// An entry that is only a name takes out that name whatever its user and port; one with a user
    /// or a port takes out only the host that is exactly so written.
    public func subtracting(_ other: HostRanges) -> HostRanges {
        filtered(by: other, keepingMatches: false)
    }

    /// The hosts that `subtracting` would take out.
    public func intersection(_ other: HostRanges) -> HostRanges {
        filtered(by: other, keepingMatches: true)
    }

    /// The hosts that one of the sets takes out of the other.
    public func symmetricDifference(_ other: HostRanges) -> HostRanges {
        subtracting(other).union(other.subtracting(self))
    }

    private func filtered(by other: HostRanges, keepingMatches: Bool) -> HostRanges {
        var result = HostRanges()
        for (shape, own) in numbers {
            var masks: [Numbers] = []
            if let mask = other.numbers[shape] { masks.append(mask) }
            if shape.user != nil || shape.port != nil, let mask = other.numbers[shape.bare] {
                masks.append(mask)
            }
            var kept: Numbers? = keepingMatches ? nil : own
            for mask in masks {
                if keepingMatches {
                    kept = Self.union(kept, Self.filtered(own, by: mask, keepingMatches: true))
                } else if let rest = kept {
                    kept = Self.filtered(rest, by: mask, keepingMatches: false)
                }
            }
            if let kept, !kept.isEmpty { result.numbers[shape] = kept }
        }
        return result
    }

    private static func filtered(
        _ own: Numbers, by mask: Numbers, keepingMatches: Bool
    ) -> Numbers? {
        switch (own, mask) {
        case (.line(let left), .line(let right)):
            .line(keepingMatches ? left.intersection(right) : left.subtracting(right))
        case (.rows(let left), .rows(let right)):
            .rows(left.merged(with: right, keeping: keepingMatches ? .both : .leftOnly))
        case (.one, _), (.line, _), (.rows, _): keepingMatches ? own : nil
        }
    }

    private static func union(_ left: Numbers?, _ right: Numbers?) -> Numbers? {
        switch (left, right) {
        case (nil, let other), (let other, nil): other
        case (.line(let left), .line(let right)): .line(left.union(right))
        case (.rows(let left), .rows(let right)): .rows(left.merged(with: right, keeping: .either))
        case (.one, _), (.line, _), (.rows, _): left
        }
    }

    /// Whether the set holds exactly this host.
    public func contains(_ host: Host) -> Bool {
        var shape = HostShape(user: host.user, port: host.port, outline: [])
        var ranks: [Int] = []
        HostShape.dissect(host.name.text.utf8, outline: &shape.outline, ranks: &ranks)
        switch numbers[shape] {
        case nil: return false
        case .one: return true
        case .line(let set): return set.contains(ranks[0])
        case .rows(let set):
            var row = TupleSet(axes: set.axes)
            row.append(ranks)
            return !set.merged(with: row, keeping: .both).isEmpty
        }
    }
}

extension HostRanges {
    /// The hosts at the places start, start + step, … below end, counted from 0 in order.
    public func places(from start: Int, to end: Int, by step: Int = 1) -> HostRanges {
        var result = HostRanges()
        var before = 0
        for shape in shapes {
            guard let own = numbers[shape] else { continue }
            let count = own.count
            let first = start >= before ? start - before : (step - (before - start) % step) % step
            let last = min(end - before, count)
            before += count
            guard first < last else { continue }
            switch own {
            case .one: result.numbers[shape] = .one
            case .line(let set):
                result.numbers[shape] = .line(set.places(from: first, to: last, by: step))
            case .rows(let set):
                result.numbers[shape] = .rows(set.places(from: first, to: last, by: step))
            }
        }
        return result
    }

    /// The set cut into at most `parts` sets, 1 or more, of equal size, give or take one host.
    public func split(into parts: Int) -> [HostRanges] {
        let count = count
        var start = 0
        return (0..<min(parts, count))
            .map { part in
                let size = count / parts + (part < count % parts ? 1 : 0)
                defer { start += size }
                return places(from: start, to: start + size)
            }
    }

    /// `count` hosts drawn at random; all of them when there are not more.
    public func pick(
        _ count: Int, using generator: inout some RandomNumberGenerator
    ) -> HostRanges {
        let total = self.count
        guard count < total else { return self }
        // Floyd's way: each subset of that size is equally likely, in as many steps as are drawn.
        var chosen: Set<Int> = []
        for limit in (total - max(0, count))..<total {
            let place = Int.random(in: 0...limit, using: &generator)
            if !chosen.insert(place).inserted { chosen.insert(limit) }
        }
        var result = HostRanges()
        var place = 0
        forEachRow { shape, ranks in
            if chosen.contains(place) { result.insert(Array(ranks), of: shape) }
            place += 1
        }
        return result
    }

    /// The largest sets of names whose numbers follow each other, on every axis.
    public func contiguous() -> [HostRanges] {
        var parts: [HostRanges] = []
        for shape in shapes {
            switch numbers[shape] {
            case nil: break
            case .one: parts.append(HostRanges(shape, .one))
            case .line(let set):
                for range in NumericRange.covering(set) {
                    parts.append(HostRanges(shape, .line(NumberSet([range]))))
                }
            case .rows(let set):
                var folding = ProductFolding(set)
                for sets in folding.folded() {
                    for box in Self.contiguousBoxes(sets[...]) {
                        var rows = TupleSet(axes: set.axes)
                        rows.append(product: box)
                        parts.append(HostRanges(shape, .rows(rows)))
                    }
                }
            }
        }
        return parts
    }

    init(_ shape: HostShape, _ numbers: Numbers) { self.numbers = [shape: numbers] }

    private static func contiguousBoxes(_ sets: ArraySlice<NumberSet>) -> [[NumberSet]] {
        guard let first = sets.first else { return [[]] }
        let rest = contiguousBoxes(sets.dropFirst())
        return NumericRange.covering(first)
            .flatMap { range in
                rest.map { [NumberSet([range])] + $0 }
            }
    }
}
