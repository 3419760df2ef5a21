// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

/// Sets of names drawn from few shapes and numbers, so that they overlap.
private struct Draw {
    var generator: SeededGenerator

    mutating func names() -> Set<String> {
        let shapes = ["n#", "n#-ib", "r#n#", "a#b#c#", "lone", "u@n#", "n#:22", "10.0.#.#"]
        var names: Set<String> = []
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            let shape = shapes[Int.random(in: 0..<shapes.count, using: &generator)]
            names.insert(
                shape.map { sign in
                    guard sign == "#" else { return String(sign) }
                    let number = Int.random(in: 0...12, using: &generator)
                    let isPadded = Int.random(in: 0...3, using: &generator) == 0
                    return isPadded && number < 10 ? "0\(number)" : "\(number)"
                }
                .joined())
        }
        return names
    }
}

private func ranges(_ names: some Sequence<String>) throws -> HostRanges {
    HostRanges(try names.flatMap { Array(try HostPattern($0).hosts()) })
}

private func names(_ ranges: HostRanges) -> Set<String> { Set(ranges.hosts.map(\.description)) }

@Suite struct `Hosts in ranges` {
    @Test(arguments: 0..<150 as Range<UInt64>)
    func `agree with sets of names`(seed: UInt64) throws {
        var draw = Draw(generator: SeededGenerator(seed: seed))
        // Without users and ports the operations are those of plain sets.
        let isPlain = { (name: String) in !name.contains("@") && !name.contains(":") }
        let (a, b) = (draw.names().filter(isPlain), draw.names().filter(isPlain))
        let (left, right) = (try ranges(a), try ranges(b))
        #expect(names(left.union(right)) == a.union(b))
        #expect(names(left.subtracting(right)) == a.subtracting(b))
        #expect(names(left.intersection(right)) == a.intersection(b))
        #expect(names(left.symmetricDifference(right)) == a.symmetricDifference(b))
        #expect(left.union(right) == right.union(left))
        #expect(left.intersection(right).union(left.subtracting(right)) == left)
        #expect(left.union(left) == left)
        #expect(left.symmetricDifference(left).isEmpty)
    }

    @Test(arguments: 0..<150 as Range<UInt64>)
    func `fold and expand to the same hosts`(seed: UInt64) throws {
        var draw = Draw(generator: SeededGenerator(seed: seed))
        let drawn = draw.names()
        let folded = try ranges(drawn)
        #expect(folded.count == drawn.count)
        #expect(names(folded) == drawn)
        guard !drawn.isEmpty else { return }
        for axes in [nil, [1], [2], [-1]] as [[Int]?] {
            let text = folded.folded(along: axes)
            let again = HostRanges(try HostPattern(text).hosts())
            #expect(again == folded, "\(text)")
            #expect(again.folded(along: axes) == text)
            #expect(try HostPattern(text).count == drawn.count, "pieces overlap: \(text)")
        }
        var written: [UInt8] = []
        folded.write(separator: [10], to: &written)
        let lines = String(decoding: written, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines == folded.hosts.map(\.description))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `are cut by places as an array is`(seed: UInt64) throws {
        var draw = Draw(generator: SeededGenerator(seed: seed))
        let set = try ranges(draw.names())
        let all = set.hosts
        for (start, step) in [(0, 1), (3, 1), (0, 2), (5, 3), (1, 7)] {
            for end in [0, 4, 9, all.count, all.count + 5] {
                let expected = stride(from: start, to: min(end, all.count), by: step)
                    .map { all[$0] }
                #expect(set.places(from: start, to: end, by: step).hosts == expected)
            }
        }
        for parts in 1...5 {
            let pieces = set.split(into: parts)
            #expect(pieces.flatMap(\.hosts) == all)
            let sizes = pieces.map(\.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        }
        let contiguous = set.contiguous()
        #expect(contiguous.reduce(0) { $0 + $1.count } == all.count)
        #expect(contiguous.reduce(HostRanges()) { $0.union($1) } == set)
    }

    @Test func `are picked at random, the same for the same seed`() throws {
        let set = HostRanges(try HostPattern("n[1-100],a[1-3]b[1-3]").hosts())
        func pick(_ seed: UInt64, _ count: Int) -> HostRanges {
            var generator = SeededGenerator(seed: seed)
            return set.pick(count, using: &generator)
        }
        #expect(pick(1, 10) == pick(1, 10))
        #expect(pick(1, 10) != pick(2, 10))
        for count in [0, 1, 50, 109] { #expect(pick(3, count).count == count) }
        #expect(pick(3, 1000) == set)
        var seen = HostRanges()
        for seed in 0..<200 { seen.formUnion(pick(UInt64(seed), 10)) }
        #expect(seen == set)
    }

    @Test(arguments: [
        ("a1b1,a1b2,a2b1,a2b2", "a[1-2]b[1-2]"), ("a1b1,a1b2,a2b1", "a1b[1-2],a2b1"),
        ("n8,n9,n10,n09,n010", "n[8-10,09,010]"), ("n[0-10/2]", "n[0,2,4,6,8,10]"),
        ("a[1-3]b[1-3],a4b1", "a[1-4]b1,a[1-3]b[2-3]"), ("n1[0-3]", "n[10-13]"),
        ("n[1-2][0-1]", "n[10-11,20-21]"),
        ("x[1-2]y[1-2]z[1-2]!x1y1z1", "x1y1z2,x1y2z[1-2],x2y[1-2]z[1-2]"),
    ])
    func `fold to the shortest pattern`(text: String, folded: String) throws {
        #expect(try resolved(text).folded == folded)
    }

    /// Every set of cells of a 2 × 3 grid, and of 2 × 2 × 2 ones.
    @Test func `never take more pieces than rows or columns would`() throws {
        for axes in [[2, 3], [2, 2, 2]] {
            let cells = axes.reduce([[]]) { rows, size in
                rows.flatMap { row in (1...size).map { row + [$0] } }
            }
            for mask in 1..<(1 << cells.count) {
                let chosen = cells.indices.filter { mask & (1 << $0) != 0 }.map { cells[$0] }
                let set = try ranges(
                    chosen.map { row in
                        row.enumerated().map { "abc".dropFirst($0).prefix(1) + "\($1)" }.joined()
                    })
                let best =
                    axes.indices
                    .map { axis in
                        Set(
                            chosen.map { row in
                                var rest = row
                                rest.remove(at: axis)
                                return rest
                            }
                        )
                        .count
                    }
                    .min() ?? 0
                let text = set.description
                #expect(text.count { $0 == "a" } <= best, "\(text)")
            }
        }
    }
}
