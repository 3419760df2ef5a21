// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

@Suite struct `Sets of numbers` {
    @Test func `rank digits so that shorter ones come first`() {
        let texts = ["0", "9", "00", "09", "10", "99", "000", "099", "100", "0999", "1000"]
        let ranks = texts.map { DigitString.rank(of: Array($0.utf8)) }
        #expect(ranks == ranks.sorted())
        #expect(ranks.map(DigitString.text) == texts)
        let long = String(repeating: "9", count: 18)
        #expect(DigitString.text(ofRank: DigitString.rank(of: Array(long.utf8))) == long)
        for rank in 0..<12_000 {
            let text = DigitString.text(ofRank: rank)
            #expect(DigitString.rank(of: Array(text.utf8)) == rank)
            #expect(DigitString.isPadded(rank: rank) == (text.count > 1 && text.hasPrefix("0")))
            #expect(DigitString.value(ofRank: rank) == Int(text))
        }
    }

    /// All pairs of sets over 0..<5.
    @Test func `agree with plain sets for every small pair`() {
        func set(_ mask: Int) -> (NumberSet, Set<Int>) {
            var numbers = NumberSet()
            // From the top, so that the late ones are sorted in.
            for rank in (0..<5).reversed() where mask & (1 << rank) != 0 { numbers.insert(rank) }
            return (numbers, Set((0..<5).filter { mask & (1 << $0) != 0 }))
        }
        for i in 0..<32 {
            for j in 0..<32 {
                let ((a, x), (b, y)) = (set(i), set(j))
                #expect(Set(a.union(b).ranks) == x.union(y))
                #expect(Set(a.intersection(b).ranks) == x.intersection(y))
                #expect(Set(a.subtracting(b).ranks) == x.subtracting(y))
                #expect(Set(a.symmetricDifference(b).ranks) == x.symmetricDifference(y))
                #expect(a.isSubset(of: b) == x.isSubset(of: y))
                #expect((a == b) == (x == y))
                for step in 1...3 {
                    let all = x.sorted()
                    #expect(
                        a.places(from: 1, to: 4, by: step).ranks
                            == stride(from: 1, to: min(4, all.count), by: step).map { all[$0] })
                }
            }
        }
    }

    @Test func `hold ranges with padding and steps`() {
        var set = NumberSet()
        set.insert(8...12, width: 1)
        set.insert(8...12, width: 2)
        set.insert(98...102, width: 3)
        set.insert(0...10, width: 1, step: 5)
        #expect(
            set.ranks.map(DigitString.text)
                == [
                    "0", "5", "8", "9", "08", "09", "10", "11", "12", "098", "099", "100", "101",
                    "102",
                ])
    }
}

@Suite struct `An expression over names` {
    @Test(arguments: [
        "a", "^a", "a$", "^a$", "a*", "(ab)+", "a|b", "^(a|bc)*$", "[a-c]", "[^a-c]", "a.c", "a{2}",
        "a{1,2}$", "a{2,}", "\\d+", "[0-9]+-", "^web[0-9]{2}\\.", "(a|ab)(c|bcd)(d*)", "", "a?b",
        "x*",
        "(a*)*b", "(|a)b", "\\w\\W", "[]a]", "^(?:ab|cd)$",
    ])
    func `matches what the standard library's matches`(pattern: String) throws {
        let regex = try Regex(pattern == "[]a]" ? "[\\]a]" : pattern)
        let groups = { (_: HostGroupQuery) in
            texts(over: Array("abc1-d"), upTo: 4)
                .filter {
                    (try? HostName($0)) != nil
                }
        }
        var resolution = HostResolution(reading: { _ in [] }, groups: groups)
        let matched = try resolution.hosts(of: "/\(pattern)/", option: "-w").map(\.description)
        let expected = try groups(.known).filter { try regex.firstMatch(in: $0) != nil }
        #expect(matched == expected)
    }

    @Test func `takes no more than a step per byte and state`() throws {
        // Backtracking would take 2^60 steps.
        let name = String(repeating: "a", count: 60)
        var resolution = HostResolution(reading: { _ in [] }, groups: { _ in [name] })
        #expect(try resolution.hosts(of: "/^(a|a)*b/", option: "-w").isEmpty)
        #expect(try resolution.hosts(of: "/(a*)*b/", option: "-w").isEmpty)
        #expect(throws: HostSelectionFault.self) {
            try resolution.hosts(of: "/((a{100}){100}){100}/", option: "-w")
        }
    }
}
