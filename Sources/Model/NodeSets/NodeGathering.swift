// SPDX-License-Identifier: Apache-2.0

import HostSets

/// Gathers plain names one by one, fast when neighbours have one pattern.
struct NodeGathering {
    private var placeOfPattern: [[UInt8]: Int] = [:]
    private var patterns: [[UInt8]] = []
    private var lines: [NumberSet] = []
    private var rows: [[[Int]]] = []
    private var lastPlace: Int?
    private var pattern: [UInt8] = []
    private var ranks: [Int] = []
    private let autostep: Int?

    init(autostep: Int?) { self.autostep = autostep }

    /// Adds a name that holds no sign with a meaning; `false` for all others, which are not added.
    mutating func insert(_ name: ArraySlice<UInt8>) -> Bool {
        pattern.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        var position = name.startIndex
        while position < name.endIndex {
            let byte = name[position]
            guard PlainText.isDigit(byte) else {
                switch byte {
                case UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "^"),
                    UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "*"), UInt8(ascii: "?"),
                    UInt8(ascii: "@"), UInt8(ascii: "%"):
                    return false
                case _: break
                }
                pattern.append(byte)
                position += 1
                continue
            }
            var end = position + 1
            while end < name.endIndex, PlainText.isDigit(name[end]) { end += 1 }
            if end - position <= DigitString.maximumLength {
                ranks.append(DigitString.rank(of: name[position..<end]))
                pattern.append(UInt8(ascii: "%"))
                pattern.append(UInt8(ascii: "s"))
            } else {
                pattern.append(contentsOf: name[position..<end])
            }
            position = end
        }
        let place = place()
        if ranks.count == 1 {
            lines[place].insert(ranks[0])
        } else if ranks.count > 1 {
            rows[place].append(ranks)
        }
        return true
    }

    private mutating func place() -> Int {
        if let lastPlace, patterns[lastPlace] == pattern { return lastPlace }
        let place = placeOfPattern[pattern] ?? patterns.count
        if place == patterns.count {
            placeOfPattern[pattern] = place
            patterns.append(pattern)
            lines.append(NumberSet())
            rows.append([])
        }
        lastPlace = place
        return place
    }

    /// What was gathered.
    mutating func take() -> NodeSet {
        var result = NodeSet(autostep: autostep)
        let threshold = RangeSet(autostep: autostep).autostep
        for (place, pattern) in patterns.enumerated() {
            let text = PlainText.text(pattern)
            if !rows[place].isEmpty {
                var set = RangeSetND(autostep: autostep)
                for row in rows[place] {
                    set.append([row.map { RangeSet(NumberSet(rank: $0), inheriting: threshold) }])
                }
                result.add(text, .rows(set))
            } else if lines[place].isEmpty {
                result.add(text, .none)
            } else {
                lines[place].settle()
                result.add(text, .line(RangeSet(lines[place], inheriting: threshold)))
            }
        }
        return result
    }
}
