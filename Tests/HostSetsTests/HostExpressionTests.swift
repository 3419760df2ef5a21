// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

/// Group sources that exist only in a test.
struct PretendGroups {
    struct Unknown: Error, CustomStringConvertible {
        var description: String { "no such group" }
    }

    /// By the query as a user writes it.
    var answers: [String: [String]] = [:]

    init(_ answers: [String: [String]] = [:]) { self.answers = answers }

    func answer(_ query: HostGroupQuery) throws -> [String] {
        guard let words = answers["\(query)"] else { throw Unknown() }
        return words
    }
}

/// An expression resolved, in order and folded.
func resolved(
    _ text: String, _ groups: [String: [String]] = [:], files: [String: String] = [:],
    limits: HostLimits = HostLimits()
) throws -> (ordered: [String], folded: String) {
    var resolution = HostResolution(
        limits: limits, reading: PretendFiles(files).read, groups: PretendGroups(groups).answer)
    let ordered = try resolution.hosts(of: text, option: "-w")
    let ranges = try resolution.ranges(of: text, option: "-w")
    #expect(Set(ranges.hosts) == Set(ordered), "\(text)")
    #expect(ranges.count == ordered.count, "\(text)")
    return (ordered.map(\.description), ranges.description)
}

@Suite struct `An expression` {
    private static let groups: [String: [String]] = [
        "@web": ["web[1-4]"], "@down": ["web2,db1"], "@db": ["db[1-3]"], "@racks:r1": ["a[1-2]"],
        "@racks:r2": ["b1", "b2"], "@*": ["web[1-4]", "db[1-3]"], "@racks:*": ["a[1-2] b[1-2]"],
        "@@": ["web", "db"], "@@racks": ["r[1-2]"], "@racks:both": ["@r[1-2]"],
        "@racks:mine": ["@other:x,@r1"], "@other:x": ["x9"],
        "all known hosts": ["web[1-4]", "db[1-3]", "web10.example.org"], "@a+b": ["plus"],
    ]

    @Test(arguments: [
        ("a,b!a", "b"), ("a[1-4]!a2", "a1 a3 a4"), ("a[1-4]&a[3-9]", "a3 a4"),
        ("a[1-3]^a[2-4]", "a1 a4"), ("a,b!(a,c)", "b"), ("(a,b)&(b,c),d", "b d"),
        ("b,a ! a", "b"), ("  a , b ", "a b"), ("a[0-10/5]", "a0 a5 a10"), ("((a))", "a"),
        ("@web", "web1 web2 web3 web4"), ("@web!@down", "web1 web3 web4"),
        ("@web&@down", "web2"), ("@racks:r1", "a1 a2"), ("@racks:r[1-2]", "a1 a2 b1 b2"),
        ("@racks:both", "a1 a2 b1 b2"), ("@racks:mine", "x9 a1 a2"), ("@a+b", "plus"),
        ("@*!@web", "db1 db2 db3"), ("@racks:*", "a1 a2 b1 b2"), ("@@", "web db"),
        ("@@racks", "r1 r2"), ("web*!web[1-4]", "web10.example.org"), ("db?", "db1 db2 db3"),
        ("/b1$/", "db1 web1"), ("/^web\\d+\\./", "web10.example.org"),
        ("web[1-2]*", "web1 web2 web10.example.org"), ("(^f)!y", "x z"), ("(a,^f)&(x,a)", "a x"),
        ("root@a,a", "root@a a"), ("root@a:22!a", ""), ("a!root@a", "a"), ("root@a&a", "root@a"),
        ("10.0.[0-1].[1-2]", "10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2"),
        ("::1,[::1]:22", "::1 [::1]:22"),
    ])
    func `is applied from left to right`(text: String, hosts: String) throws {
        let names = try resolved(text, Self.groups, files: ["f": "x y\nz"])
        #expect(names.ordered.sorted() == hosts.split(separator: " ").map(String.init).sorted())
    }

    @Test func `keeps the order in which hosts are named`() throws {
        #expect(try resolved("c,a,b!a").ordered == ["c", "b"])
        #expect(try resolved("c,a^b,d").ordered == ["c", "a", "b", "d"])
        #expect(try resolved("c,b,a&(a,b)").ordered == ["b", "a"])
    }

    @Test(arguments: [
        ("!a", 1, HostPatternFault.Reason.missingOperand("!")), ("a!", 3, .missingOperand("!")),
        ("a!&b", 3, .missingOperand("!")), ("a,", 3, .emptyItem), ("(a", 1, .unclosedParenthesis),
        ("a)", 2, .unopenedParenthesis), ("()", 2, .emptyItem), ("@", 2, .emptyGroup),
        ("@x:", 4, .emptyGroup), ("a b", 2, .unexpectedCharacter(" ")),
        ("a!b c", 4, .unexpectedCharacter(" ")), ("/a", 1, .unclosedExpression),
        ("a,/x(/", 5, .faultyExpression("'(' is never closed")),
        ("/*/", 2, .faultyExpression("nothing stands before this repetition")),
        ("root@web*", 5, .userOrPortOfMatch), ("n[1-4/0]", 7, .invalidStep),
        ("n[4/2]", 4, .stepWithoutRange), ("n[0-99999999999]", 1, .beyondLimit(.hosts, 1_000_000)),
        ("a,n[1-1000]m[1-1000]", 3, .beyondLimit(.hosts, 1_000_000)),
        ("@g[1-99999999]", 1, .beyondLimit(.hosts, 1_000_000)),
    ])
    func `that is wrong is refused at its column`(
        text: String, column: Int, reason: HostPatternFault.Reason
    ) {
        let fault = #expect(throws: HostSelectionFault.self) { try resolved(text) }
        #expect(fault?.reason == .pattern(reason))
        #expect(fault?.column == column)
    }

    @Test func `shows a caret under a group that cannot be looked up`() {
        let fault = #expect(throws: HostSelectionFault.self) { try resolved("a!@nope") }
        #expect(
            fault?.description == """
                -w: column 3: @nope: no such group
                    a!@nope
                      ^
                """)
    }

    @Test func `shows which word of a group is wrong`() {
        let fault = #expect(throws: HostSelectionFault.self) {
            try resolved("@bad", ["@bad": ["a", "b[1"]])
        }
        #expect(fault?.origin == .word(2, of: .members(source: nil, group: "bad")))
        #expect(fault?.description.hasPrefix("@bad, word 2: column 2: '[' is never closed") == true)
    }

    @Test func `shows groups that name each other`() {
        let fault = #expect(throws: HostSelectionFault.self) {
            try resolved("@a", ["@a": ["@b"], "@b": ["x,@a"]])
        }
        #expect(fault?.description.contains("@a → @b → @a") == true)
    }

    @Test func `stops at limits that are named and can be raised`() throws {
        let deep = String(repeating: "(", count: 65) + "a" + String(repeating: ")", count: 65)
        let wide = "a" + String(repeating: "[1]", count: 64)
        for (text, limit) in [(deep, HostLimits.Name.nesting), (wide, .brackets)] {
            let fault = #expect(throws: HostSelectionFault.self) { try resolved(text) }
            #expect(fault?.description.contains("--limit \(limit.rawValue)=NUMBER") == true)
            var limits = HostLimits()
            limits[limit] = 100
            #expect(try resolved(text, limits: limits).ordered.count == 1)
        }
        var limits = HostLimits()
        limits.hosts = 2_000_000
        var resolution = HostResolution(
            limits: limits, reading: PretendFiles([:]).read, groups: PretendGroups().answer)
        #expect(try resolution.ranges(of: "n[1-2000000]", option: "-w").count == 2_000_000)
    }

    /// Each of these would take minutes if an out-of-order range cost what all before it cost.
    @Test func `that counts down is read in time that grows as n log n`() throws {
        let numbers = stride(from: 20_000, to: 0, by: -2).map(String.init)
        let lists = [
            "n[" + numbers.joined(separator: ",") + "]",
            numbers.map { "n[\($0)]" }.joined(separator: ","),
            numbers.map { "a[\($0)]b1" }.joined(separator: ","),
        ]
        for list in lists {
            var resolution = HostResolution(
                reading: PretendFiles(["f": list.replacing("],", with: "]\n")]).read,
                groups: PretendGroups().answer)
            #expect(try resolution.ranges(of: list, option: "-w").count == 10_000)
            #expect(try resolution.ranges(of: "^f", option: "-w").count == 10_000)
        }
    }

    @Test func `follows groups only so deep`() {
        var groups: [String: [String]] = [:]
        for depth in 0..<100 { groups["@g\(depth)"] = ["@g\(depth + 1)"] }
        let fault = #expect(throws: HostSelectionFault.self) { try resolved("@g0", groups) }
        #expect(fault?.reason == .pattern(.beyondLimit(.nesting, 64)))
    }

    @Test func `of any short text is read or refused inside it`() {
        for text in texts(over: Array("a1[]-,!&^()@/*:"), upTo: 4) where text != "-" {
            do {
                _ = try resolved(text, ["@*": ["a1"], "all known hosts": ["a1", "b"]])
            } catch let fault as HostSelectionFault {
                if case .argument = fault.origin {
                    #expect(1...(text.utf8.count + 1) ~= fault.column, "\(text)")
                }
            } catch {
                Issue.record("\(text): \(error)")
            }
        }
    }
}
