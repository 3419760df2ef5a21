// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

@Suite struct `Folding hosts into a pattern` {
    @Test(arguments: [
        ("", ""),
        ("a", "a"),
        ("node1", "node1"),
        ("node1,node2", "node[1-2]"),
        ("node1,node3", "node[1,3]"),
        ("node3,node1,node2,node200", "node[1-3,200]"),
        ("node[001-128],node200", "node[001-128,200]"),
        ("node[08-11]", "node[08-11]"),
        ("node[8-11]", "node[8-11]"),
        ("node[098-101,98-99]", "node[98-101,098-099]"),
        ("node1,node01", "node[1,01]"),
        ("node0,node00,node000", "node[0,00,000]"),
        ("node[1-9],node[01-10]", "node[1-10,01-09]"),
        ("node[1-9,01-09]", "node[1-9,01-09]"),
        ("[1-3]", "[1-3]"),
        ("b,a,node10,node9", "a,b,node[9-10]"),
        ("rack[1-4]n[01-20]", "rack[1-4]n[01-20]"),
        ("rack[1-4]n[01-20],rack5n01", "rack[1-4]n[01-20],rack5n01"),
        ("a[1-3]b[1-3]c[1-3]", "a[1-3]b[1-3]c[1-3]"),
        ("a1b1,a1b2,a2b1", "a1b[1-2],a2b1"),
        ("a[1-9]b1,a1b2", "a[1-9]b1,a1b2"),
        ("10.0.[0-3].[1-254]", "10.0.[0-3].[1-254]"),
        ("node1.x1,node2.x1,node1.y1", "node[1-2].x1,node1.y1"),
        ("a:22,a:23,a", "a,a:22,a:23"),
        ("u1@n[1-2]:22,u2@n[1-2]:22,u1@n3", "u1@n[1-2]:22,u2@n[1-2]:22,u1@n3"),
        ("fe80::1,fe80::2,[fe80::1]:22", "fe80::1,[fe80::1]:22,fe80::2"),
        (
            "n1000000000000000001x1,n1000000000000000001x2",
            "n1000000000000000001x[1-2]"
        ),
        ("n000000000000000001,n000000000000000002", "n[000000000000000001-000000000000000002]"),
    ])
    func `is short, sorted and exact`(text: String, folded: String) throws {
        let hosts = text.isEmpty ? HostSet() : try HostPattern(text).hosts()
        #expect(HostPatternFolding.fold(hosts) == folded)
        #expect(HostPatternFolding.fold(hosts.reversed()) == folded)
        // A host given twice changes nothing.
        #expect(HostPatternFolding.fold(Array(hosts) + Array(hosts)) == folded)
    }

    @Test(arguments: 0..<150 as Range<UInt64>)
    func `and expanding gives the same set`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shapes = Int.random(in: 1...3, using: &random)
        let largest = [3, 12, 120].randomElement(using: &random) ?? 3
        var oracle: Set<String> = []
        for _ in 0..<Int.random(in: 1...120, using: &random) {
            var name = ["", "u@", "u1@"].randomElement(using: &random) ?? ""
            for index in 0..<Int.random(in: 1...shapes, using: &random) {
                name +=
                    ["n", "r", "-x.", "1.0."][index == 0 ? 0 : .random(in: 0...3, using: &random)]
                let number = String(Int.random(in: 0...largest, using: &random))
                let zeros = Int.random(in: 0...2, using: &random)
                name += String(repeating: "0", count: zeros) + number
            }
            name += ["", "", ":22"].randomElement(using: &random) ?? ""
            oracle.insert(name)
        }
        let hosts = try oracle.map { try HostPattern($0).hosts()[0] }
        let folded = HostPatternFolding.fold(hosts)
        let pattern = try HostPattern(folded)
        #expect(Set(pattern.hosts().map(\.description)) == oracle, "\(folded)")
        // Nothing is named twice: the items are disjoint.
        #expect(pattern.count == oracle.count, "\(folded)")
        #expect(HostPatternFolding.fold(hosts.shuffled(using: &random)) == folded)
    }

    @Test func `of every set of short names with zeros gives the same set`() throws {
        let names = ["n0", "n00", "n8", "n9", "n09", "n10", "n010", "n11"]
        for subset in 1..<(1 << names.count) {
            let oracle = names.indices.filter { subset & (1 << $0) != 0 }.map { names[$0] }
            let folded = HostPatternFolding.fold(try oracle.map { Host(name: try HostName($0)) })
            let expanded = try HostPattern(folded).hosts().map(\.description)
            #expect(expanded.count == oracle.count && Set(expanded) == Set(oracle), "\(folded)")
        }
    }
}
