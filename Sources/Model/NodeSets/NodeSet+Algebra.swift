// SPDX-License-Identifier: Apache-2.0

import HostSets

extension NodeSet {
    /// Adds numbers to a pattern; a pattern that is new takes on this set's threshold of steps.
    mutating func add(_ pattern: String, _ added: Numbers) {
        guard let index = patterns.index(forKey: pattern) else {
            patterns[pattern] = inheriting(added)
            return
        }
        let own = patterns.values[index]
        // Taken out while it changes, so that nothing is copied.
        patterns.values[index] = .none
        switch (own, added) {
        case (.line(var set), .line(let other)):
            set.numbers.formUnion(other.numbers)
            patterns.values[index] = .line(set)
        case (.rows(var set), .rows(let other)):
            set.formUnion(other)
            patterns.values[index] = .rows(set)
        case (.none, _), (.line, _), (.rows, _): patterns.values[index] = own
        }
    }

    /// A copy of numbers with this set's threshold of steps, if it has one.
    private func inheriting(_ numbers: Numbers) -> Numbers {
        switch numbers {
        case .none: return numbers
        case .line(var set):
            if let autostep { set.setAutostep(autostep) }
            return .line(set)
        case .rows(let set):
            var copy = set.copy
            if let autostep { copy.setAutostep(autostep) }
            return .rows(copy)
        }
    }

    /// Adds the nodes of another set.
    package mutating func formUnion(_ other: NodeSet) {
        for (pattern, numbers) in other.patterns { add(pattern, numbers) }
    }

    /// Keeps the nodes that both sets hold.
    package mutating func formIntersection(_ other: NodeSet) {
        var result: [String: Numbers] = [:]
        for (pattern, mask) in other.patterns {
            switch (patterns[pattern], mask) {
            case (nil, _): break
            case (.some(.none), _): result[pattern] = Numbers.none
            case (.some(.line(let set)), .line(let other)):
                let both = set.numbers.intersection(other.numbers)
                if !both.isEmpty {
                    result[pattern] = .line(RangeSet(both, inheriting: set.autostep))
                }
            case (.some(.rows(let set)), .rows(let other)):
                var both = set.copy
                both.formIntersection(other)
                if both.count > 0 { result[pattern] = .rows(both) }
            case (.some(.line), _), (.some(.rows), _): break
            }
        }
        patterns = result
    }

    /// Takes out the nodes of another set.
    package mutating func subtract(_ other: NodeSet) {
        for (pattern, mask) in other.patterns {
            switch (patterns[pattern], mask) {
            case (nil, _): break
            case (.some(.none), _): patterns[pattern] = nil
            case (.some(.line(var set)), .line(let other)):
                set.numbers = set.numbers.subtracting(other.numbers)
                patterns[pattern] = set.isEmpty ? nil : .line(set)
            case (.some(.rows(var set)), .rows(let other)):
                set.subtract(other)
                patterns[pattern] = set.count == 0 ? nil : .rows(set)
            case (.some(.line), _), (.some(.rows), _): break
            }
        }
    }

    /// Keeps the nodes that exactly one of the sets holds.
    package mutating func formSymmetricDifference(_ other: NodeSet) {
        for (pattern, mask) in other.patterns {
            switch (patterns[pattern], mask) {
            case (nil, _): add(pattern, mask)
            case (.some(.none), _): patterns[pattern] = nil
            case (.some(.line(var set)), .line(let other)):
                set.numbers = set.numbers.symmetricDifference(other.numbers)
                patterns[pattern] = set.isEmpty ? nil : .line(set)
            case (.some(.rows(var set)), .rows(let other)):
                set.formSymmetricDifference(other)
                patterns[pattern] = set.count == 0 ? nil : .rows(set)
            case (.some(.line), _), (.some(.rows), _): break
            }
        }
    }

    /// Whether the set holds all nodes of another.
    package func isSuperset(of other: NodeSet) -> Bool {
        other.patterns.allSatisfy { pattern, mask in
            switch (patterns[pattern], mask) {
            case (nil, _): return false
            case (.some(.none), _): return true
            case (.some(.line(let set)), .line(let other)):
                return other.numbers.isSubset(of: set.numbers)
            case (.some(.rows(let set)), .rows(let other)):
                var rest = other.copy
                rest.subtract(set)
                return rest.isEmpty
            case (.some(.line), _), (.some(.rows), _): return false
            }
        }
    }

    /// The nodes at the places of a slice, negative ones counted from the end.
    package func places(from start: Int, to end: Int) -> NodeSet {
        let total = count
        let first = start < 0 ? max(0, total + start) : start
        let last = end < 0 ? max(0, total + end) : end
        var result = NodeSet(autostep: autostep)
        var before = 0
        for (pattern, numbers) in sorted {
            let size = numbers.count
            let (low, high) = (max(first - before, 0), min(last - before, size))
            before += size
            guard low < high else { continue }
            switch numbers {
            case .none: result.patterns[pattern] = Numbers.none
            case .line(let set): result.patterns[pattern] = .line(set.places(from: low, to: high))
            case .rows(let set): result.patterns[pattern] = .rows(set.places(from: low, to: high))
            }
        }
        return result
    }

    /// The set in `parts` parts of equal size, give or take one.
    package func split(_ parts: Int) -> [NodeSet] {
        equalParts(of: count, in: parts).map { places(from: $0.lowerBound, to: $0.upperBound) }
    }

    /// The set in parts whose numbers follow each other.
    package func contiguous() throws(NodesetFailure) -> [NodeSet] {
        var parts: [NodeSet] = []
        for (pattern, numbers) in sorted {
            switch numbers {
            case .none: parts.append(NodeSet(pattern: pattern, .none))
            case .line(let set):
                for part in try set.contiguous() {
                    parts.append(NodeSet(pattern: pattern, .line(part)))
                }
            case .rows(let set):
                for part in try set.contiguous() {
                    parts.append(NodeSet(pattern: pattern, .rows(part)))
                }
            }
        }
        return parts
    }
}
