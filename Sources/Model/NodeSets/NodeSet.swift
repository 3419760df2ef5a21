// SPDX-License-Identifier: Apache-2.0

import HostSets

/// A set of node names as ClusterShell 1.9 has it: by pattern, the numbers that stand in it.
package struct NodeSet: Sendable {
    /// What stands in the places of a pattern.
    enum Numbers: Hashable, Sendable {
        /// A pattern without places: one node.
        case none
        case line(RangeSet)
        case rows(RangeSetND)

        var count: Int {
            switch self {
            case .none: 1
            case .line(let set): set.count
            case .rows(let set): set.count
            }
        }
    }

    /// By pattern: `%s` is the place of a number, `%%` a percent sign.
    var patterns: [String: Numbers] = [:]
    /// The least count of nodes that are written with a step.
    private(set) var autostep: Int?
    /// The axes that are folded, from 0 or, negative, from the end; `nil` for all.
    package var foldAxes: [Int]?

    package init(autostep: Int? = nil) { self.autostep = autostep }

    init(pattern: String, _ numbers: Numbers) { patterns = [pattern: numbers] }

    package var count: Int { patterns.values.reduce(0) { $0 + $1.count } }
    package var isEmpty: Bool { patterns.values.allSatisfy { $0.count == 0 } }

    /// Sets the threshold of steps everywhere.
    package mutating func setAutostep(_ count: Int?) {
        autostep = count
        for index in patterns.values.indices {
            switch patterns.values[index] {
            case .none: break
            case .line(var set):
                set.setAutostep(count)
                patterns.values[index] = .line(set)
            case .rows(var set):
                set.setAutostep(count)
                patterns.values[index] = .rows(set)
            }
        }
    }

    /// The patterns in the order of their bytes.
    var sorted: [(pattern: String, numbers: Numbers)] {
        patterns.map { ($0.key, $0.value) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    /// The pattern with these texts in its places.
    static func fill(_ pattern: String, _ texts: [String]) -> String {
        var bytes: [UInt8] = []
        fill(Array(pattern.utf8), into: &bytes) { bytes, place in
            bytes.append(contentsOf: texts[place].utf8)
        }
        return PlainText.text(bytes)
    }

    /// Appends a pattern; `write` appends what stands in a place.
    private static func fill(
        _ pattern: [UInt8], into bytes: inout [UInt8], _ write: (inout [UInt8], Int) -> Void
    ) {
        var index = 0
        var place = 0
        while index < pattern.count {
            if pattern[index] == UInt8(ascii: "%"), index + 1 < pattern.count {
                if pattern[index + 1] == UInt8(ascii: "s") {
                    write(&bytes, place)
                    place += 1
                } else {
                    bytes.append(UInt8(ascii: "%"))
                }
                index += 2
            } else {
                bytes.append(pattern[index])
                index += 1
            }
        }
    }

    /// Calls `body` with every node's name, in order.
    package func visit(_ body: (ArraySlice<UInt8>) -> Void) {
        var name: [UInt8] = []
        for (pattern, numbers) in sorted {
            let pattern = Array(pattern.utf8)
            func write(_ ranks: [Int]) {
                name.removeAll(keepingCapacity: true)
                Self.fill(pattern, into: &name) { bytes, place in
                    DigitString.append(rank: ranks[place], to: &bytes)
                }
                body(name[...])
            }
            switch numbers {
            case .none: write([])
            case .line(let set):
                var (before, after): ([UInt8], [UInt8]) = ([], [])
                var isBehind = false
                Self.fill(pattern, into: &before) { _, _ in isBehind = true }
                if isBehind { after = Self.tail(of: pattern) }
                before.removeLast(after.count)
                set.numbers.visit { rank in
                    name.removeAll(keepingCapacity: true)
                    name.append(contentsOf: before)
                    DigitString.append(rank: rank, to: &name)
                    name.append(contentsOf: after)
                    body(name[...])
                }
            case .rows(let set): for row in set.rows { write(row) }
            }
        }
    }

    /// What stands behind the one place of a pattern.
    private static func tail(of pattern: [UInt8]) -> [UInt8] {
        var index = 0
        while index + 1 < pattern.count {
            if pattern[index] == UInt8(ascii: "%") {
                if pattern[index + 1] == UInt8(ascii: "s") {
                    var tail: [UInt8] = []
                    fill(Array(pattern[(index + 2)...]), into: &tail) { _, _ in }
                    return tail
                }
                index += 1
            }
            index += 1
        }
        return []
    }

    /// The names of all nodes, in order.
    package var names: [String] {
        var names: [String] = []
        visit { names.append(PlainText.text($0)) }
        return names
    }
}

extension NodeSet: CustomStringConvertible {
    /// The set folded.
    package var description: String {
        var pieces: [String] = []
        for (pattern, numbers) in sorted {
            switch numbers {
            case .none: pieces.append(Self.fill(pattern, []))
            case .line(let set):
                if foldAxes.map({ $0.contains { -1 <= $0 && $0 < 1 } }) ?? true {
                    let text = set.count > 1 ? "[\(set)]" : "\(set)"
                    pieces.append(Self.fill(pattern, [text]))
                } else {
                    set.numbers.visit {
                        pieces.append(Self.fill(pattern, [DigitString.text(ofRank: $0)]))
                    }
                }
            case .rows(let set): pieces += folded(pattern, set)
            }
        }
        return pieces.joined(separator: ",")
    }

    private func folded(_ pattern: String, _ set: RangeSetND) -> [String] {
        let axes = set.axes
        let allowed = foldAxes.map { foldAxes in
            Set(foldAxes.filter { -axes <= $0 && $0 < axes }.map { $0 < 0 ? $0 + axes : $0 })
        }
        var pieces: [String] = []
        for vector in set.folded {
            var rows: [[String]] = [[]]
            for (axis, numbers) in vector.enumerated() {
                let texts: [String]
                if numbers.count <= 1 {
                    texts = ["\(numbers)"]
                } else if allowed?.contains(axis) ?? true {
                    texts = ["[\(numbers)]"]
                } else {
                    texts = numbers.numbers.ranks.map(DigitString.text)
                }
                rows = texts.flatMap { text in rows.map { $0 + [text] } }
            }
            pieces += rows.map { Self.fill(pattern, $0) }
        }
        return pieces
    }
}
