// SPDX-License-Identifier: Apache-2.0

/// Rows of ranks, one per axis: the numbers of names that hold several.
///
/// The rows are sorted, each once, one behind the other in one array: a merge of two sorted arrays
/// is every operation of sets, and n rows cost n × axes words and n log n steps.
struct TupleSet: Hashable, Sendable {
    /// How many numbers a row has, at least 2.
    let axes: Int
    /// The rows; sorted and unique when `isSettled`.
    private var cells: [Int] = []
    private var isSettled = true

    init(axes: Int) { self.axes = axes }

    /// How many rows were added, those that were added twice counted twice until `settle`.
    var rowCount: Int { cells.count / axes }

    /// Adds one row.
    mutating func append(_ row: [Int]) {
        if isSettled, !cells.isEmpty {
            let last = cells.count - axes
            if !Self.precedes(cells, last, row, 0, axes) { isSettled = false }
        }
        cells.append(contentsOf: row)
    }

    /// Adds every row of a product of sets.
    mutating func append(product sets: [NumberSet]) {
        let ranks = sets.map(\.ranks)
        guard ranks.allSatisfy({ !$0.isEmpty }) else { return }
        var places = [Int](repeating: 0, count: axes)
        var row = ranks.map { $0[0] }
        cells.reserveCapacity(cells.count + ranks.reduce(axes) { $0 * $1.count })
        while true {
            append(row)
            var axis = axes - 1
            while axis >= 0 {
                places[axis] += 1
                if places[axis] < ranks[axis].count { break }
                places[axis] = 0
                row[axis] = ranks[axis][0]
                axis -= 1
            }
            guard axis >= 0 else { return }
            row[axis] = ranks[axis][places[axis]]
        }
    }

    /// Sorts the rows and drops doubles.
    mutating func settle() {
        guard !isSettled else { return }
        let cells = cells
        let axes = axes
        let order = (0..<rowCount).map { $0 * axes }
            .sorted { Self.precedes(cells, $0, cells, $1, axes) }
        var sorted: [Int] = []
        sorted.reserveCapacity(cells.count)
        for start in order {
            let last = sorted.count - axes
            if last >= 0, !Self.precedes(sorted, last, cells, start, axes) { continue }
            sorted.append(contentsOf: cells[start..<(start + axes)])
        }
        self.cells = sorted
        isSettled = true
    }

    /// The rows in order, each once.
    var rows: [Int] {
        if isSettled { return cells }
        var copy = self
        copy.settle()
        return copy.cells
    }

    var count: Int { rows.count / axes }
    var isEmpty: Bool { cells.isEmpty }

    /// Which rows of two sets a merge keeps.
    enum Kept {
        case either
        case both
        case leftOnly
        case oneOnly
    }

    /// The rows that belong to the left set, the right one or both, as `kept` says.
    func merged(with other: TupleSet, keeping kept: Kept) -> TupleSet {
        let (left, right) = (rows, other.rows)
        var result = TupleSet(axes: axes)
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if j == right.count || (i < left.count && Self.precedes(left, i, right, j, axes)) {
                if kept != .both { result.cells.append(contentsOf: left[i..<(i + axes)]) }
                i += axes
            } else if i == left.count || Self.precedes(right, j, left, i, axes) {
                if kept == .either || kept == .oneOnly {
                    result.cells.append(contentsOf: right[j..<(j + axes)])
                }
                j += axes
            } else {
                if kept == .either || kept == .both {
                    result.cells.append(contentsOf: left[i..<(i + axes)])
                }
                i += axes
                j += axes
            }
        }
        return result
    }

    /// The rows at the places start, start + step, … below end.
    func places(from start: Int, to end: Int, by step: Int) -> TupleSet {
        let rows = rows
        var result = TupleSet(axes: axes)
        for place in stride(from: start, to: min(end, rows.count / axes), by: step) {
            result.cells.append(contentsOf: rows[(place * axes)..<(place * axes + axes)])
        }
        return result
    }

    @inline(__always)
    private static func precedes(
        _ left: [Int], _ i: Int, _ right: [Int], _ j: Int, _ axes: Int
    ) -> Bool {
        for axis in 0..<axes where left[i + axis] != right[j + axis] {
            return left[i + axis] < right[j + axis]
        }
        return false
    }
}
