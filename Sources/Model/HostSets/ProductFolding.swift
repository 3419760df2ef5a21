// SPDX-License-Identifier: Apache-2.0

/// Folds rows of numbers into few products of sets: (1,1) (1,2) (2,1) (2,2) is {1,2} × {1,2}.
///
/// Rows that agree on all axes but one are joined along that one. The axis that leaves the fewest
/// rows goes first, each axis once, so a full product always becomes one row, and the work is
/// proportional to rows × axes². The products are disjoint and together hold exactly the rows that
/// came in.
struct ProductFolding {
    /// One product: on each axis the number of a set in `sets`.
    private var rows: [[Int]] = []
    private var sets: [[PaddedNumber]] = []
    private var numberOfSet: [[PaddedNumber]: Int] = [:]
    private var numberOfSingle: [PaddedNumber: Int] = [:]
    private let axes: Int

    /// - Parameter axes: how many numbers a row has, at least 1.
    init(axes: Int) { self.axes = axes }

    /// Adds one row.
    mutating func append(_ row: [PaddedNumber]) {
        rows.append(
            row.map { number in
                if let known = numberOfSingle[number] { return known }
                sets.append([number])
                numberOfSingle[number] = sets.count - 1
                return sets.count - 1
            })
    }

    /// The products; every set is sorted and holds each number once.
    mutating func folded() -> [[[PaddedNumber]]] {
        var remaining = Set(0..<axes)
        while rows.count > 1, let (axis, groups) = best(of: remaining) {
            join(groups, along: axis)
            remaining.remove(axis)
        }
        return rows.map { row in row.map { sets[$0] } }
    }

    /// The axis that leaves the fewest rows, the rightmost of several, and which rows it joins.
    private func best(of candidates: Set<Int>) -> (axis: Int, groups: [[Int]])? {
        let varying = (0..<axes)
            .filter { axis in
                rows.contains { $0[axis] != rows[0][axis] }
            }
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
        for group in groups {
            var row = rows[group[0]]
            if group.count > 1 {
                let union = Set(group.flatMap { sets[rows[$0][axis]] })
                row[axis] = intern(union.sorted())
            }
            joined.append(row)
        }
        rows = joined
    }

    private mutating func intern(_ set: [PaddedNumber]) -> Int {
        if set.count == 1, let known = numberOfSingle[set[0]] { return known }
        if let known = numberOfSet[set] { return known }
        sets.append(set)
        numberOfSet[set] = sets.count - 1
        return sets.count - 1
    }
}
