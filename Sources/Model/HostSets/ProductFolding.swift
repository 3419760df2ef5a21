// SPDX-License-Identifier: Apache-2.0

/// Folds rows of numbers into few products of sets: (1,1) (1,2) (2,1) (2,2) is {1,2} × {1,2}.
///
/// Rows that agree on all axes but one are joined along that one. The axis that leaves the fewest
/// rows goes first, again and again until no axis joins any. Few rows are folded in every order of
/// axes, and the shortest result is kept. A full product always becomes one row. The products are
/// disjoint and together hold exactly the rows that came in.
struct ProductFolding {
    /// One product: on each axis the number of a set in `sets`.
    private var rows: [[Int]] = []
    private var sets: [NumberSet] = []
    private var numberOfSet: [NumberSet: Int] = [:]
    private let axes: Int

    /// More rows than this are folded in one order of axes only.
    private static let triedRows = 4096
    /// How many times each axis is joined along at most.
    private static let rounds = 4

    init(_ tuples: TupleSet) {
        axes = tuples.axes
        let cells = tuples.rows
        var numberOfRank: [Int: Int] = [:]
        rows.reserveCapacity(cells.count / axes)
        for start in stride(from: 0, to: cells.count, by: axes) {
            var row: [Int] = []
            row.reserveCapacity(axes)
            for rank in cells[start..<(start + axes)] {
                if let known = numberOfRank[rank] {
                    row.append(known)
                } else {
                    numberOfRank[rank] = sets.count
                    row.append(sets.count)
                    let set = NumberSet(rank: rank)
                    numberOfSet[set] = sets.count
                    sets.append(set)
                }
            }
            rows.append(row)
        }
    }

    /// The products, folded only along these axes (all for `nil`).
    mutating func folded(along allowed: Set<Int>? = nil) -> [[NumberSet]] {
        let candidates = (allowed ?? Set(0..<axes)).intersection(0..<axes)
        let original = rows
        foldGreedily(along: candidates)
        if rows.count > 1, original.count <= Self.triedRows, 2...3 ~= candidates.count {
            var best = rows
            for order in Self.orders(candidates.sorted()) {
                rows = original
                for _ in 0..<Self.rounds {
                    let before = rows.count
                    for axis in order {
                        let groups = groups(agreeingOn: varying.filter { $0 != axis })
                        if groups.count < rows.count { join(groups, along: axis) }
                    }
                    if rows.count == before { break }
                }
                if rows.count < best.count { best = rows }
            }
            rows = best
        }
        return rows.map { row in row.map { sets[$0] } }
    }

    private mutating func foldGreedily(along candidates: Set<Int>) {
        for _ in 0..<(Self.rounds * axes) {
            guard rows.count > 1, let (axis, groups) = best(of: candidates) else { return }
            join(groups, along: axis)
        }
    }

    private static func orders(_ axes: [Int]) -> [[Int]] {
        guard axes.count > 1 else { return [axes] }
        return axes.flatMap { first in
            orders(axes.filter { $0 != first }).map { [first] + $0 }
        }
    }

    /// The axes on which not all rows agree.
    private var varying: [Int] {
        (0..<axes).filter { axis in rows.contains { $0[axis] != rows[0][axis] } }
    }

    /// The axis that leaves the fewest rows, the rightmost of several, and which rows it joins.
    private func best(of candidates: Set<Int>) -> (axis: Int, groups: [[Int]])? {
        let varying = varying
        var best: (axis: Int, groups: [[Int]])?
        for axis in candidates.sorted(by: >) {
            let groups = groups(agreeingOn: varying.filter { $0 != axis })
            if groups.count < best?.groups.count ?? rows.count { best = (axis, groups) }
        }
        return best
    }

    /// The rows by number, those together that have the same sets on these axes.
    private func groups(agreeingOn axes: [Int]) -> [[Int]] {
        var keys = [Int](repeating: 0, count: rows.count)
        for axis in axes {
            var numbers: [Pair: Int] = [:]
            for index in rows.indices {
                let pair = Pair(left: keys[index], right: rows[index][axis])
                let next = numbers.count
                keys[index] = numbers[pair, default: next]
                if keys[index] == next { numbers[pair] = next }
            }
        }
        var groups: [[Int]] = []
        var groupOfKey: [Int: Int] = [:]
        for (index, key) in keys.enumerated() {
            if let group = groupOfKey[key] {
                groups[group].append(index)
            } else {
                groupOfKey[key] = groups.count
                groups.append([index])
            }
        }
        return groups
    }

    private struct Pair: Hashable {
        var left: Int
        var right: Int
    }

    private mutating func join(_ groups: [[Int]], along axis: Int) {
        var joined: [[Int]] = []
        joined.reserveCapacity(groups.count)
        for group in groups {
            var row = rows[group[0]]
            if group.count > 1 {
                var union = sets[row[axis]]
                for index in group.dropFirst() {
                    let set = sets[rows[index][axis]]
                    if let rank = set.only { union.insert(rank) } else { union.formUnion(set) }
                }
                union.settle()
                row[axis] = intern(union)
            }
            joined.append(row)
        }
        rows = joined
    }

    private mutating func intern(_ set: NumberSet) -> Int {
        if let known = numberOfSet[set] { return known }
        sets.append(set)
        numberOfSet[set] = sets.count - 1
        return sets.count - 1
    }
}
