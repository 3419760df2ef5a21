// SPDX-License-Identifier: Apache-2.0

import HostSets

/// Rows of numbers as ClusterShell 1.9 has them: a list of products of sets, folded when it is read.
///
/// How the products are merged, and in which order, is ClusterShell's: what is printed depends on it.
package struct RangeSetND: Hashable, Sendable {
    typealias Vector = [RangeSet]

    private var vectors: [Vector] = []
    private var isDirty = true
    private var severalAxesVary = false
    private(set) var autostep = RangeSet.noSteps

    init(autostep: Int? = nil) { self.autostep = autostep.map { $0 - 1 } ?? RangeSet.noSteps }

    init(_ vectors: [Vector], autostep: Int? = nil) {
        self.init(autostep: autostep)
        self.vectors = vectors
    }

    /// What a copy has: the same products, but no threshold of its own.
    var copy: RangeSetND {
        var copy = self
        copy.fold()
        copy.autostep = RangeSet.noSteps
        copy.severalAxesVary = false
        return copy
    }

    mutating func setAutostep(_ count: Int?) {
        autostep = count.map { $0 - 1 } ?? RangeSet.noSteps
        for index in vectors.indices {
            for axis in vectors[index].indices { vectors[index][axis].autostep = autostep }
        }
    }

    var isEmpty: Bool { vectors.isEmpty }

    var axes: Int { vectors.first?.count ?? 0 }

    /// The products after folding.
    var folded: [Vector] {
        guard isDirty else { return vectors }
        var copy = self
        copy.fold()
        return copy.vectors
    }

    var count: Int { folded.reduce(0) { $0 + Self.size($1) } }

    private static func size(_ vector: Vector) -> Int { vector.reduce(1) { $0 * $1.count } }

    /// The rows of products, in order.
    static func rows(of vectors: [Vector]) -> [[Int]] {
        var rows: [[Int]] = []
        for vector in vectors {
            let ranks = vector.map(\.numbers.ranks)
            guard ranks.allSatisfy({ !$0.isEmpty }) else { continue }
            var places = [Int](repeating: 0, count: ranks.count)
            odometer: while true {
                rows.append(ranks.indices.map { ranks[$0][places[$0]] })
                var axis = ranks.count - 1
                while axis >= 0 {
                    places[axis] += 1
                    if places[axis] < ranks[axis].count { continue odometer }
                    places[axis] = 0
                    axis -= 1
                }
                break
            }
        }
        return rows
    }

    /// The rows after folding, in order.
    package var rows: [[Int]] { Self.rows(of: folded) }
}

extension RangeSetND {
    mutating func fold() {
        guard isDirty else { return }
        if vectors.count > 1, !foldAlongOneAxis() {
            vectors = Self.merged(
                Set(Self.rows(of: vectors))
                    .map { row in
                        row.map { RangeSet(NumberSet(rank: $0), inheriting: autostep) }
                    })
        }
        isDirty = false
    }

    /// Joins all products when they differ on one axis only.
    private mutating func foldAlongOneAxis() -> Bool {
        var varying: [Int] = []
        if axes > 1 {
            for axis in 0..<axes {
                let first = vectors[0][axis]
                if vectors.contains(where: { $0[axis] != first }) { varying.append(axis) }
                if varying.count > 1 { break }
            }
        }
        let isOne = axes == 1 || varying.count == 1
        if isOne {
            let axis = varying.first ?? 0
            for vector in vectors.dropFirst() {
                if let rank = vector[axis].numbers.only {
                    vectors[0][axis].numbers.insert(rank)
                } else {
                    vectors[0][axis].numbers.formUnion(vector[axis].numbers)
                }
            }
            vectors.removeSubrange(1...)
            isDirty = false
        }
        severalAxesVary = !isOne
        return isOne
    }

    /// Merges products that differ in one set, neighbours first.
    private static func merged(_ vectors: [Vector]) -> [Vector] {
        var vectors = vectors
        var looksFar = false
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            vectors = sorted(vectors)
            var place = 0
            if !looksFar {
                var merged: [Vector] = []
                while place < vectors.count {
                    var item = vectors[place]
                    place += 1
                    while place < vectors.count, let both = union(item, vectors[place]) {
                        item = both
                        hasChanged = true
                        place += 1
                    }
                    merged.append(item)
                }
                vectors = merged
                if !hasChanged { (hasChanged, looksFar) = (true, true) }
                continue
            }
            while place + 1 < vectors.count {
                var item = vectors[place]
                var kept = place + 1
                for other in (place + 1)..<vectors.count {
                    if let both = union(item, vectors[other]) {
                        item = both
                        hasChanged = true
                    } else {
                        if kept != other { vectors[kept] = vectors[other] }
                        kept += 1
                    }
                }
                vectors[place] = item
                vectors.removeSubrange(kept...)
                place += 1
            }
        }
        return vectors
    }

    /// The union of two products when it is one.
    private static func union(_ left: Vector, _ right: Vector) -> Vector? {
        var result = left
        var differences = 0
        for axis in left.indices where left[axis] != right[axis] {
            differences += 1
            guard differences <= 1 else { return nil }
            let (one, other) = (left[axis].numbers, right[axis].numbers)
            if one.isDisjoint(with: other) {
                result[axis].numbers = one.union(other)
            } else if other.isSubset(of: one) {
                continue
            } else if one.isSubset(of: other) {
                result[axis] = right[axis]
            } else {
                return nil
            }
        }
        return result
    }

    /// Larger products first, then by size, first and last number of each axis.
    private static func sorted(_ vectors: [Vector]) -> [Vector] {
        let keys = vectors.map { vector in
            [-size(vector)]
                + vector.flatMap { set -> [Int] in
                    let (first, last) = (set.numbers.first ?? 0, set.numbers.last ?? 0)
                    return [-set.count] + textKey(first) + textKey(last)
                }
        }
        return vectors.indices
            .sorted { left, right in
                if keys[left] == keys[right] { return left < right }
                return keys[left].lexicographicallyPrecedes(keys[right])
            }
            .map { vectors[$0] }
    }

    /// Two numbers that order ranks the way their digits are ordered as texts.
    private static func textKey(_ rank: Int) -> [Int] {
        let value = DigitString.value(ofRank: rank)
        let length =
            rank < 0 ? DigitString.naturalLength(of: -rank) : DigitString.length(ofRank: rank)
        var key = abs(value)
        for _ in length..<DigitString.maximumLength { key *= 10 }
        // A minus sign comes before every digit.
        return rank < 0 ? [key - Int.max / 2, length] : [key, length]
    }
}

extension RangeSetND {
    /// Adds the products of another set.
    mutating func formUnion(_ other: RangeSetND) { append(other.vectors) }

    mutating func append(_ added: [Vector]) {
        for vector in added {
            vectors.append(vector.map { RangeSet($0.numbers, inheriting: autostep) })
        }
        isDirty = true
        if !severalAxesVary, !vectors.isEmpty { _ = foldAlongOneAxis() }
    }

    /// Keeps the rows that both sets hold.
    mutating func formIntersection(_ other: RangeSetND) {
        var result = RangeSetND()
        for vector in vectors {
            for mask in other.vectors {
                let both = zip(vector, mask)
                    .map { RangeSet($0.numbers.intersection($1.numbers), inheriting: $0.autostep) }
                if both.allSatisfy({ !$0.isEmpty }) { result.append([both]) }
            }
        }
        vectors = result.folded
        isDirty = true
    }

    /// Takes out the rows of another set.
    mutating func subtract(_ other: RangeSetND) {
        var result: [Vector] = []
        for vector in vectors {
            var rest = [vector]
            for mask in other.vectors {
                let pieces = rest.flatMap { Self.difference($0, mask) }
                // What an empty difference leaves is, as in ClusterShell, nothing for later masks.
                rest = pieces
            }
            result += rest
        }
        vectors = result
        isDirty = true
    }

    private static func difference(_ vector: Vector, _ mask: Vector) -> [Vector] {
        var pieces: [Vector] = []
        for (axis, (own, other)) in zip(vector, mask).enumerated() {
            if own.numbers.isSubset(of: other.numbers) { continue }
            if own.numbers.isDisjoint(with: other.numbers) { return [vector] }
            var piece = vector
            piece[axis].numbers = own.numbers.subtracting(other.numbers)
            pieces.append(piece)
        }
        return pieces
    }

    /// Keeps the rows that exactly one of the sets holds.
    mutating func formSymmetricDifference(_ other: RangeSetND) {
        var added = other.copy
        added.subtract(self)
        subtract(other)
        formUnion(added)
    }

    /// The rows at these places, in the order after folding.
    func places(from start: Int, to end: Int) -> RangeSetND {
        let rows = rows
        let chosen = rows[min(start, rows.count)..<min(max(start, end), rows.count)]
        let count = autostep == RangeSet.noSteps ? nil : autostep + 1
        return RangeSetND(
            chosen.map { row in row.map { RangeSet(NumberSet(rank: $0), inheriting: autostep) } },
            autostep: count)
    }

    /// The set in parts whose numbers follow each other on every axis.
    func contiguous() throws(NodesetFailure) -> [RangeSetND] {
        var vectors = folded
        for axis in 0..<axes {
            var cut: [Vector] = []
            for vector in vectors {
                for part in try vector[axis].contiguous() {
                    var piece = vector
                    piece[axis] = part
                    cut.append(piece)
                }
            }
            vectors = cut
        }
        return vectors.map { RangeSetND([$0]) }
    }
}
