// SPDX-License-Identifier: Apache-2.0

import HostSets

/// One command of `nodeset`, over node sets or sets of numbers.
struct NodesetWork<Operand: NodesetOperand> {
    private(set) var output: [UInt8] = []
    private(set) var complaints: [UInt8] = []
    private var set: Operand
    private let options: NodesetOptions
    private let groups: NodeGroups
    private let initial: Operand
    private let seed: UInt64
    private var inputIsTaken = false

    init(_ set: Operand, _ options: NodesetOptions, _ groups: NodeGroups, seed: UInt64) {
        self.set = set
        initial = set
        self.options = options
        self.groups = groups
        self.seed = seed
    }

    private enum Operation {
        case union
        case intersection
        case difference
        case symmetricDifference
    }

    private mutating func apply(_ operation: Operation, _ operand: Operand) {
        switch operation {
        case .union: set.formUnion(operand)
        case .intersection: set.formIntersection(operand)
        case .difference: set.subtract(operand)
        case .symmetricDifference: set.formSymmetricDifference(operand)
        }
    }

    /// Computes the set from `-a`, the options, the arguments and the standard input.
    mutating func gather(reading input: () -> [UInt8]) throws(NodesetFailure) {
        if options.all, let all = try everything() { set.formUnion(all) }
        let isList = options.list > 0 || options.listAll > 0
        if options.arguments.isEmpty, !options.all, !isList {
            try applyInput(.union, input)
        }
        let hasOperations =
            !options.intersected.isEmpty || !options.excluded.isEmpty || !options.xored.isEmpty
        if set.count == 0, hasOperations, !options.quiet {
            complain("WARNING: empty left operand for set operation")
        }
        for (operation, words) in [
            (Operation.intersection, options.intersected), (.difference, options.excluded),
            (.symmetricDifference, options.xored),
        ] {
            for word in words {
                if word == "-" {
                    try applyInput(operation, input)
                } else {
                    apply(operation, try initial.read(word))
                }
            }
        }
        var rest = options.arguments[...]
        while let word = rest.popFirst() {
            let operation: Operation
            switch word {
            case "-i", "--intersection": operation = .intersection
            case "-x", "--exclude": operation = .difference
            case "-X", "--xor": operation = .symmetricDifference
            case "-":
                try applyInput(.union, input)
                continue
            case _:
                set.formUnion(try initial.readLines(word))
                continue
            }
            guard let operand = rest.popFirst() else { throw .value("pop from empty list") }
            if operand == "-" {
                try applyInput(operation, input)
            } else {
                apply(operation, try initial.readLines(operand))
            }
        }
    }

    private func everything() throws(NodesetFailure) -> Operand? {
        guard let operand = initial as? NodeOperand else { return nil }
        let words: [String]
        let parser = NodeSetParser(groups: groups)
        do throws(NodesetFailure) {
            words = try parser.allNodes(in: nil)
        } catch {
            let kind: String
            switch error {
            case .unknownSource: kind = "GroupResolverSourceError"
            case .illegalGroupCharacters: kind = "GroupResolverIllegalCharError"
            case .resolver: kind = "GroupResolverConfigError"
            case .nodeSet, .range, .external, .noUpcall, .queryFailed, .configuration, .type,
                .value, .usage:
                throw error
            }
            throw .external("Group source error (\(kind): \(error.text))")
        }
        var all = operand
        all.nodes = NodeSet()
        for word in words { all.nodes.formUnion(try parser.nodes(word)) }
        return all as? Operand
    }

    /// Takes the words of the standard input; each line loses its last byte or its comment.
    private mutating func applyInput(
        _ operation: Operation, _ input: () -> [UInt8]
    ) throws(NodesetFailure) {
        guard !inputIsTaken else { return }
        inputIsTaken = true
        let bytes = input()
        var words: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline.map { $0 + 1 } ?? bytes.count
            let line = bytes[start..<(end - 1)]
            let comment = bytes[start..<end].firstIndex(of: UInt8(ascii: "#"))
            var place = start
            let stop = comment ?? line.endIndex
            while place < stop {
                while place < stop, PlainText.isSpace(bytes[place]) { place += 1 }
                let first = place
                while place < stop, !PlainText.isSpace(bytes[place]) { place += 1 }
                if first < place { words.append(bytes[first..<place]) }
            }
            start = end
        }
        let operand = try initial.gather(words)
        if operand.count > 0 { apply(operation, operand) }
    }

    private mutating func write(_ text: String) {
        output += text.utf8
        output.append(UInt8(ascii: "\n"))
    }

    private mutating func complain(_ text: String) {
        complaints += text.utf8
        complaints.append(UInt8(ascii: "\n"))
    }
}

extension NodesetWork {
    /// Prints the set as the options ask.
    mutating func writeResult() throws(NodesetFailure) {
        guard let separator = FormatText.unescaped(options.separator) else {
            throw .value("invalid separator")
        }
        if let slice = options.slice, !slice.isEmpty {
            var sliced = set.emptied
            for part in try RangeSet(slice.utf8).slices(RangeSet.noSteps, tail: RangeSet.noSteps) {
                sliced.formUnion(set.places(from: part.first, to: part.last + 1))
            }
            set = sliced
        }
        switch options.autostep {
        case .automatic: set.setAutostep(max(3, set.count))
        case .fraction(let share):
            set.setAutostep(Int((Double(set.count) * share).rounded(.up)))
        case .count, nil: break
        }
        try setAxes()
        try pick()
        if options.fold, options.format != "%s", let nodes = set as? NodeOperand {
            set = try formatted(nodes)
        }
        let parts: [Operand]
        if set.count == 0 || ((options.split ?? 1) <= 1 && !options.contiguous) {
            parts = [set]
        } else {
            parts = options.contiguous ? try set.contiguous() : set.split(options.split ?? 1)
        }
        for part in parts { try write(part, Array(separator.utf8)) }
    }

    private mutating func write(_ part: Operand, _ separator: [UInt8]) throws(NodesetFailure) {
        if options.expand {
            let format = options.format
            var isFirst = true
            var failure: NodesetFailure?
            var bytes: [UInt8] = []
            part.visit { name in
                if isFirst { isFirst = false } else { bytes.append(contentsOf: separator) }
                if format == "%s" {
                    bytes.append(contentsOf: name)
                } else {
                    do throws(NodesetFailure) {
                        bytes += try FormatText.filled(format, .text(PlainText.text(name))).utf8
                    } catch {
                        failure = failure ?? error
                    }
                }
            }
            if let failure { throw failure }
            output += bytes
            output.append(UInt8(ascii: "\n"))
        } else if options.fold {
            let isFormatted = part is NodeOperand
            write(isFormatted ? part.text : try FormatText.filled(options.format, .text(part.text)))
        } else if options.regroup, let nodes = part as? NodeOperand {
            let text = try nodes.nodes.regrouped(
                in: options.groupSource, withoutSource: options.groupBase, groups)
            write(try FormatText.filled(options.format, .text(text)))
        } else {
            write(try FormatText.filled(options.format, .number(part.count)))
        }
    }

    /// Each node's name with the format applied, as a set again.
    private func formatted(_ operand: NodeOperand) throws(NodesetFailure) -> Operand {
        var result = NodeOperand(NodeSet(autostep: operand.nodes.autostep), groups, autostep: nil)
        var failure: NodesetFailure?
        operand.visit { name in
            do throws(NodesetFailure) {
                let text = try FormatText.filled(options.format, .text(PlainText.text(name)))
                let escaped = PlainText.stripped(Array(text.utf8)[...])
                    .flatMap { $0 == UInt8(ascii: "%") ? [$0, $0] : [$0] }
                result.nodes.formUnion(
                    try NodeSetScanner.single(escaped[...], operand.nodes.autostep))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return result as? Operand ?? set
    }

    private mutating func setAxes() throws(NodesetFailure) {
        guard let axis = options.axis, !axis.isEmpty, var nodes = set as? NodeOperand else {
            return
        }
        if axis.hasPrefix("-") {
            guard let number = PlainText.integer(axis) else {
                throw .value(
                    "invalid literal for int() with base 10: \(PlainText.quoted(axis))")
            }
            nodes.nodes.foldAxes = [number]
        } else {
            let ranks = try RangeSet(axis.utf8).numbers.ranks
            nodes.nodes.foldAxes = ranks.map(DigitString.value).filter { $0 > 0 }.map { $0 - 1 }
        }
        if let changed = nodes as? Operand { set = changed }
    }

    private mutating func pick() throws(NodesetFailure) {
        guard let count = options.pick, count != 0, count < set.count else { return }
        guard count > 0 else { throw .value("Sample larger than population or is negative") }
        // Floyd's way: each subset of that size is equally likely.
        var generator = SplitMix(state: seed)
        var chosen: Set<Int> = []
        for limit in (set.count - count)..<set.count {
            let place = Int.random(in: 0...limit, using: &generator)
            if !chosen.insert(place).inserted { chosen.insert(limit) }
        }
        var picked = set.emptied
        for place in chosen.sorted() {
            picked.formUnion(set.places(from: place, to: place + 1))
        }
        set.formIntersection(picked)
    }

    /// Lists groups: all of a source, or those the nodes belong to.
    mutating func list() throws(NodesetFailure) {
        let level = options.list + options.listAll
        var sources: [String?] = [options.groupSource]
        if options.listAll > 0 {
            sources = try groups.names()
            if !sources.isEmpty, options.groupSource == nil { sources[0] = nil }
        }
        for source in sources {
            do throws(NodesetFailure) {
                try list(source, level)
            } catch {
                guard options.listAll > 0, case .noUpcall(let call, _) = error else { throw error }
                complain(
                    "Warning: No \(call) upcall defined for group source \(source ?? "None")")
            }
        }
    }

    private mutating func list(_ source: String?, _ level: Int) throws(NodesetFailure) {
        let prefix = source.flatMap { options.groupBase ? nil : "@\($0):" } ?? "@"
        let hasOperations =
            !options.intersected.isEmpty || !options.excluded.isEmpty || !options.xored.isEmpty
        guard options.all || set.count > 0 || hasOperations else {
            let parser = NodeSetParser(groups: groups)
            for group in try parser.list(source) {
                let name = prefix + group
                guard level > 1 else {
                    write(name)
                    continue
                }
                let nodes = try parser.nodes(name)
                write(level == 2 ? "\(name) \(nodes)" : "\(name) \(nodes) \(nodes.count)")
            }
            return
        }
        guard let operand = set as? NodeOperand else {
            throw .type("'RangeSet' object has no attribute 'groups'")
        }
        let found = try operand.nodes.memberships(in: source, groups)
            .map { (name: prefix + $0.group, membership: $0) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (name, membership) in found {
            var held = operand.nodes
            held.formIntersection(membership.nodes)
            switch level {
            case 1: write(name)
            case 2: write("\(name) \(held)")
            case _: write("\(name) \(held) \(held.count)/\(membership.nodes.count)")
            }
        }
    }
}

/// Random numbers from a seed (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
