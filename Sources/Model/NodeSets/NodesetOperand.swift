// SPDX-License-Identifier: Apache-2.0

import HostSets

/// What `nodeset` computes with: node sets, or with `-R` sets of numbers.
protocol NodesetOperand {
    var count: Int { get }
    var text: String { get }
    /// The set of a word, with the same groups and threshold of steps.
    func read(_ word: String) throws(NodesetFailure) -> Self
    /// The set of the lines of an argument.
    func readLines(_ text: String) throws(NodesetFailure) -> Self
    /// The set of plain words that need no parser.
    func gather(_ words: [ArraySlice<UInt8>]) throws(NodesetFailure) -> Self
    mutating func formUnion(_ other: Self)
    mutating func formIntersection(_ other: Self)
    mutating func subtract(_ other: Self)
    mutating func formSymmetricDifference(_ other: Self)
    /// An empty set without a threshold.
    var emptied: Self { get }
    mutating func setAutostep(_ count: Int)
    func places(from start: Int, to end: Int) -> Self
    func split(_ parts: Int) -> [Self]
    func contiguous() throws(NodesetFailure) -> [Self]
    func visit(_ body: (ArraySlice<UInt8>) -> Void)
}

extension NodesetOperand {
    /// Words gathered one by one.
    func gathered(_ words: [ArraySlice<UInt8>]) throws(NodesetFailure) -> Self {
        var set = self
        for word in words { set.formUnion(try read(PlainText.text(word))) }
        return set
    }
}

struct RangeOperand: NodesetOperand {
    var value: RangeSet
    private let autostep: Int?

    init(autostep: Int?) {
        value = RangeSet(autostep: autostep)
        self.autostep = autostep
    }

    private func with(_ value: RangeSet) -> RangeOperand {
        var copy = self
        copy.value = value
        return copy
    }

    var count: Int { value.count }
    var text: String { value.description }
    var emptied: RangeOperand { RangeOperand(autostep: nil) }

    func read(_ word: String) throws(NodesetFailure) -> RangeOperand {
        with(try RangeSet(word.utf8, autostep: autostep))
    }

    func readLines(_ text: String) throws(NodesetFailure) -> RangeOperand {
        var result = RangeSet(autostep: autostep)
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if text.isEmpty { break }
            result.numbers.formUnion(try RangeSet(line.utf8).numbers)
        }
        return with(result)
    }

    func gather(_ words: [ArraySlice<UInt8>]) throws(NodesetFailure) -> RangeOperand {
        try with(RangeSet(autostep: autostep)).gathered(words)
    }

    mutating func formUnion(_ other: RangeOperand) { value.numbers.formUnion(other.value.numbers) }
    mutating func formIntersection(_ other: RangeOperand) {
        value.numbers = value.numbers.intersection(other.value.numbers)
    }
    mutating func subtract(_ other: RangeOperand) {
        value.numbers = value.numbers.subtracting(other.value.numbers)
    }
    mutating func formSymmetricDifference(_ other: RangeOperand) {
        value.numbers = value.numbers.symmetricDifference(other.value.numbers)
    }
    mutating func setAutostep(_ count: Int) { value.setAutostep(count) }

    func places(from start: Int, to end: Int) -> RangeOperand {
        with(value.places(from: start, to: end))
    }
    func split(_ parts: Int) -> [RangeOperand] { value.split(parts).map(with) }
    func contiguous() throws(NodesetFailure) -> [RangeOperand] { try value.contiguous().map(with) }
    func visit(_ body: (ArraySlice<UInt8>) -> Void) {
        var digits: [UInt8] = []
        value.numbers.visit { rank in
            digits.removeAll(keepingCapacity: true)
            DigitString.append(rank: rank, to: &digits)
            body(digits[...])
        }
    }
}

struct NodeOperand: NodesetOperand {
    var nodes: NodeSet
    private let parser: NodeSetParser
    private let autostep: Int?

    init(_ nodes: NodeSet, _ groups: NodeGroups, autostep: Int?) {
        self.nodes = nodes
        self.autostep = autostep
        parser = NodeSetParser(groups: groups, autostep: autostep)
    }

    private func with(_ nodes: NodeSet) -> NodeOperand {
        var copy = self
        copy.nodes = nodes
        return copy
    }

    var count: Int { nodes.count }
    var text: String { nodes.description }
    var emptied: NodeOperand { with(NodeSet()) }

    func read(_ word: String) throws(NodesetFailure) -> NodeOperand {
        var set = NodeSet(autostep: autostep)
        set.formUnion(try parser.nodes(word))
        return with(set)
    }

    func readLines(_ text: String) throws(NodesetFailure) -> NodeOperand {
        with(try parser.lines(text))
    }

    func gather(_ words: [ArraySlice<UInt8>]) throws(NodesetFailure) -> NodeOperand {
        var set = NodeSet(autostep: autostep)
        var gathering = NodeGathering(autostep: autostep)
        for word in words where !gathering.insert(word) {
            set.formUnion(try parser.nodes(PlainText.text(word)))
        }
        set.formUnion(gathering.take())
        return with(set)
    }

    mutating func formUnion(_ other: NodeOperand) { nodes.formUnion(other.nodes) }
    mutating func formIntersection(_ other: NodeOperand) { nodes.formIntersection(other.nodes) }
    mutating func subtract(_ other: NodeOperand) { nodes.subtract(other.nodes) }
    mutating func formSymmetricDifference(_ other: NodeOperand) {
        nodes.formSymmetricDifference(other.nodes)
    }
    mutating func setAutostep(_ count: Int) { nodes.setAutostep(count) }

    func places(from start: Int, to end: Int) -> NodeOperand {
        with(nodes.places(from: start, to: end))
    }
    func split(_ parts: Int) -> [NodeOperand] { nodes.split(parts).map(with) }
    func contiguous() throws(NodesetFailure) -> [NodeOperand] { try nodes.contiguous().map(with) }
    func visit(_ body: (ArraySlice<UInt8>) -> Void) { nodes.visit(body) }
}
