// SPDX-License-Identifier: Apache-2.0

import NodeSets
import SeededRandom
import Testing

private func noGroups() -> NodeGroups {
    NodeGroups(
        load: { () throws(NodesetFailure) in NodeGroupSources() }, run: { _, _ in nil })
}

private func nodes(_ text: String) throws -> NodeSet {
    try NodeSetParser(groups: noGroups()).nodes(text)
}

/// Names with one to three numbers, drawn so that they overlap.
private func drawn(_ seed: UInt64) -> Set<String> {
    var generator = Seeded(seed: seed)
    func number() -> String {
        let number = Int.random(in: 0...11, using: &generator)
        return Bool.random(using: &generator) && number < 10 ? "0\(number)" : "\(number)"
    }
    var names: Set<String> = []
    for _ in 0..<Int.random(in: 1...40, using: &generator) {
        switch Int.random(in: 0...3, using: &generator) {
        case 0: names.insert("n" + number())
        case 1: names.insert("a" + number() + "b" + number())
        case 2: names.insert("x" + number() + "y" + number() + "z" + number())
        default: names.insert("lone")
        }
    }
    return names
}

@Suite struct `Node sets` {
    @Test(arguments: 0..<120 as Range<UInt64>)
    func `agree with sets of names`(seed: UInt64) throws {
        let (a, b) = (drawn(seed), drawn(seed + 1000))
        let (left, right) = (
            try nodes(a.joined(separator: ",")), try nodes(b.joined(separator: ","))
        )
        #expect(Set(left.names) == a)
        #expect(left.count == a.count)
        #expect(Set(try nodes(left.description).names) == a)
        let operations: [((inout NodeSet, NodeSet) -> Void, Set<String>)] = [
            ({ $0.formUnion($1) }, a.union(b)), ({ $0.subtract($1) }, a.subtracting(b)),
            ({ $0.formIntersection($1) }, a.intersection(b)),
            ({ $0.formSymmetricDifference($1) }, a.symmetricDifference(b)),
        ]
        for (operation, expected) in operations {
            var set = left
            operation(&set, right)
            #expect(Set(set.names) == expected)
            #expect(set.count == expected.count)
        }
        #expect(left.split(3).flatMap(\.names).count == a.count)
        #expect(Set(try left.contiguous().flatMap(\.names)) == a)
    }

    @Test(arguments: [
        ("n[1-3,5,7,9]", 3, "n[1-3,5-9/2]"), ("n[1-9/2]", 5, "n[1-9/2]"),
        ("n[1-9/2]", 6, "n[1,3,5,7,9]"),
        ("n[08,10,12]", 3, "n[08-12/2]"),
    ])
    func `write steps from a threshold on`(text: String, threshold: Int, folded: String) throws {
        var set = try nodes(text)
        set.setAutostep(threshold)
        #expect(set.description == folded)
    }

    @Test func `fold along the axes that are asked for`() throws {
        var set = try nodes("a[1-2]b[1-2]")
        set.foldAxes = [0]
        #expect(set.description == "a[1-2]b1,a[1-2]b2")
        set.foldAxes = [-1]
        #expect(set.description == "a1b[1-2],a2b[1-2]")
    }
}

@Suite struct `The nodeset program` {
    private func run(_ words: String, input: String = "") -> NodesetProgram {
        NodesetProgram(
            "nodeset", words.split(separator: " ").map(String.init),
            NodesetProgram.Surroundings(
                input: { Array(input.utf8) }, groups: { _ in groups }, seed: 1))
    }

    private var groups: NodeGroups {
        NodeGroups(
            load: { () throws(NodesetFailure) in
                var sources = NodeGroupSources()
                sources.sources = [
                    NodeGroupSource(name: "s", kind: .groups([("a", "n[1-4]"), ("b", "@a!n1")])),
                    NodeGroupSource(
                        name: "c", kind: .commands([.map: "m $GROUP", .list: "l"], folder: "/")),
                ]
                sources.defaultName = "s"
                return sources
            },
            run: { command, _ in ["m x": "n7 n8", "l": "x y", "m y": ""][command] })
    }

    @Test(arguments: [
        ("-f n1 n2", "n[1-2]\n"), ("-f @b", "n[2-4]\n"), ("-f @c:x", "n[7-8]\n"),
        ("-l", "@a\n@b\n"),
        ("-L", "@a\n@b\n@c:x\n@c:y\n"), ("-r n[1-4]", "@a\n"), ("-c -a -s c", "2\n"),
        ("--list-sources", "s (default)\nc\n"), ("-lll n[1-2]", "@a n[1-2] 2/4\n@b n2 1/3\n"),
    ])
    func `prints what ClusterShell prints`(words: String, output: String) {
        let program = run(words)
        #expect(String(decoding: program.output, as: UTF8.self) == output)
        #expect(program.status == 0)
        #expect(program.complaints.isEmpty)
    }

    @Test(arguments: [
        ("", "No command specified.", 2), ("-f n[1", "missing bracket: \"n[1\"", 1),
        ("-f @c:zz", "m zz: \"@c:zz\"", 1), ("-s q -l", "Unknown group source: \"q\"", 1),
    ])
    func `complains in ClusterShell's words`(words: String, message: String, status: Int32) {
        let program = run(words)
        #expect(String(decoding: program.complaints, as: UTF8.self).contains(message))
        #expect(program.status == status)
    }

    @Test func `drops the last byte of input that does not end its line, as ClusterShell does`() {
        #expect(String(decoding: run("-f", input: "n12").output, as: UTF8.self) == "n1\n")
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `ends on any words`(seed: UInt64) {
        var generator = Seeded(seed: seed)
        let signs = Array("a1[]-,!&^@*/0:% x")
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 0...9, using: &generator))
                .map { _ in String(signs[Int.random(in: 0..<signs.count, using: &generator)]) }
                .joined()
            let program = NodesetProgram(
                "nodeset", ["-f", "--", text],
                NodesetProgram.Surroundings(input: { [] }, groups: { _ in groups }, seed: 1))
            #expect([0, 1].contains(program.status), "\(text)")
        }
    }
}
