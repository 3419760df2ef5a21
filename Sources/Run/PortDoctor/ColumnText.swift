// SPDX-License-Identifier: Apache-2.0

/// A table as text: the first column to the left, numbers to the right, as wide as what stands in
/// it.
struct ColumnText {
    private let heads: [String]
    private var rows: [[String]] = []

    /// A table with these columns.
    init(_ heads: [String]) { self.heads = heads }

    mutating func add(_ row: [String]) {
        precondition(row.count == heads.count, "a row has a cell per column")
        rows.append(row)
    }

    /// The lines; a first cell too wide for `width` has a line of its own.
    func lines(width: Int, indent: String = "  ") -> [String] {
        let others = heads.indices.dropFirst()
            .map { column in
                rows.reduce(heads[column].count) { max($0, $1[column].count) }
            }
        let rest = others.reduce(0) { $0 + $1 + 2 }
        let room = max(heads[0].count, width - indent.count - rest)
        let fitting = rows.map { $0[0].count }.filter { $0 <= room }
        let first = max(heads[0].count, fitting.max() ?? 0)
        return ([heads] + rows)
            .flatMap { row in
                let cells = zip(row.dropFirst(), others)
                    .map { cell, width in
                        "  " + String(repeating: " ", count: width - cell.count) + cell
                    }
                    .joined()
                func line(_ name: String) -> String {
                    indent + name + String(repeating: " ", count: first - name.count) + cells
                }
                return row[0].count <= first ? [line(row[0])] : [indent + row[0], line("")]
            }
    }
}

/// Numbers as a person reads them.
enum NumberText {
    /// `28,232`.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// A rate: `0`, `0.3`, `12`, `1,250`.
    static func rate(_ rate: Double) -> String {
        guard rate < 9.95 else { return grouped(Int(rate.rounded())) }
        let tenths = Int((rate * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// `512 B`, `6.2 MiB`.
    static func bytes(_ count: Int) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count) / 1024
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let tenths = Int(value * 10)
        return "\(grouped(tenths / 10)).\(tenths % 10) \(units[unit])"
    }
}
