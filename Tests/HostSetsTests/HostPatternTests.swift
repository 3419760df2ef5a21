// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

@Suite struct `Host patterns` {
    @Test(arguments: [
        ("node1", ["node1"]),
        ("node[1-3]", ["node1", "node2", "node3"]),
        ("node[08-11]", ["node08", "node09", "node10", "node11"]),
        ("node[098-101]", ["node098", "node099", "node100", "node101"]),
        ("node[01-01]", ["node01"]),
        ("node[0-2]", ["node0", "node1", "node2"]),
        ("node[00-02]", ["node00", "node01", "node02"]),
        ("node[99-101]", ["node99", "node100", "node101"]),
        ("node[98-100,02,7]", ["node98", "node99", "node100", "node02", "node7"]),
        ("node[1-3,7,09]", ["node1", "node2", "node3", "node7", "node09"]),
        ("node[1,1,01]", ["node1", "node01"]),
        ("[1-3]", ["1", "2", "3"]),
        ("[1-2].example.org", ["1.example.org", "2.example.org"]),
        ("r[1-2]n[01-02].x", ["r1n01.x", "r1n02.x", "r2n01.x", "r2n02.x"]),
        ("a[1-2][1-2]", ["a11", "a12", "a21", "a22"]),
        ("a,b[1-3],c", ["a", "b1", "b2", "b3", "c"]),
        ("user@node[1-2]:2222", ["user@node1:2222", "user@node2:2222"]),
        ("10.0.0.[1-2]:22", ["10.0.0.1:22", "10.0.0.2:22"]),
        ("a:1,b:65535", ["a:1", "b:65535"]),
        ("a:022", ["a:22"]),
        ("u+v.w-x_y@h", ["u+v.w-x_y@h"]),
        ("::1", ["::1"]),
        ("fe80::1", ["fe80::1"]),
        ("fe80::1%eth0.100", ["fe80::1%eth0.100"]),
        ("::ffff:10.0.0.1", ["::ffff:10.0.0.1"]),
        ("[fe80::1]", ["fe80::1"]),
        ("[fe80::1%eth0]:514", ["[fe80::1%eth0]:514"]),
        ("root@[::1]:514,root@::1", ["root@[::1]:514", "root@::1"]),
        ("node1.", ["node1."]),
        ("a,a,b,a", ["a", "b"]),
        ("n[999999999999999999]", ["n999999999999999999"]),
    ])
    func `stand for these hosts`(text: String, hosts: [String]) throws {
        let pattern = try HostPattern(text)
        #expect(pattern.hosts().map(\.description) == hosts)
    }

    @Test(arguments: [
        "node[1-3]", "node[08-11,7]", "r[1-2]n[01-02].x", "a,b[1-3],c", "u@n[1-2]:22", "[1-3]",
        "::1", "[::1]:514", "root@[fe80::1%e]:1", "root@::1",
    ])
    func `are written the way they are read`(text: String) throws {
        #expect(try HostPattern(text).description == text)
    }

    @Test func `count what they name, and the largest list is allowed`() throws {
        #expect(try HostPattern("a[1-3]b[1-4],a1b1").count == 13)
        #expect(try HostPattern("n[1-1000]m[1-1000]").count == HostPattern.maximumCount)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var text: String
        var column: Int
        var reason: HostPatternFault.Reason
        var testDescription: String { text.debugDescription }

        init(_ text: String, _ column: Int, _ reason: HostPatternFault.Reason) {
            self.text = text
            self.column = column
            self.reason = reason
        }
    }

    static let listsAndNames: [Refusal] = [
        Refusal("", 1, .emptyPattern),
        Refusal(",", 1, .emptyItem),
        Refusal("a,,b", 3, .emptyItem),
        Refusal(",a", 1, .emptyItem),
        Refusal("a,", 3, .emptyItem),
        Refusal("-oProxyCommand=x", 15, .unexpectedCharacter("=")),
        Refusal("-v", 1, .leadingDash),
        Refusal("a,-", 3, .leadingDash),
        Refusal("u@-v", 3, .leadingDash),
        Refusal("-[1-2]", 1, .leadingDash),
        Refusal("..", 1, .leadingDot),
        Refusal(".", 1, .leadingDot),
        Refusal("a,.hidden", 3, .leadingDot),
        Refusal("a b", 2, .unexpectedCharacter(" ")),
        Refusal("a\nb", 2, .unexpectedCharacter("\\x0A")),
        Refusal("a\u{0}", 2, .unexpectedCharacter("\\x00")),
        Refusal("a\u{7F}", 2, .unexpectedCharacter("\\x7F")),
        Refusal("a'b", 2, .unexpectedCharacter("'")),
        Refusal("a$b", 2, .unexpectedCharacter("$")),
        Refusal("a\\b", 2, .unexpectedCharacter("\\")),
        Refusal("a%b", 2, .unexpectedCharacter("%")),
        Refusal("a{1,2}", 2, .unexpectedCharacter("{")),
        Refusal("kn\u{F6}ten", 3, .unexpectedCharacter("\u{F6}")),
        Refusal("n[1-2]\u{F6},x$", 7, .unexpectedCharacter("\u{F6}")),
        Refusal("a\u{202E}b", 2, .unexpectedCharacter("\\u{202E}")),
        Refusal("\u{4E2D}", 1, .unexpectedCharacter("\\u{4E2D}")),
        Refusal(String(repeating: "a", count: 256), 1, .nameTooLong(bytes: 256)),
        Refusal("b,x[1-2]" + String(repeating: "a", count: 254), 3, .nameTooLong(bytes: 256)),
    ]

    static let reservedSigns: [Refusal] = [
        Refusal("@group", 1, .emptyUser),
        Refusal("a,@", 3, .emptyUser),
        Refusal("*", 1, .unsupportedSyntax(.anyText)),
        Refusal("node*", 5, .unsupportedSyntax(.anyText)),
        Refusal("a!b", 2, .unsupportedSyntax(.exclusion)),
        Refusal("!b", 1, .unsupportedSyntax(.exclusion)),
        Refusal("a&b", 2, .unsupportedSyntax(.intersection)),
        Refusal("a^b", 2, .unsupportedSyntax(.file)),
        Refusal("b,^file", 3, .unsupportedSyntax(.file)),
        Refusal("/re/", 1, .unsupportedSyntax(.expression)),
        Refusal("a/../b", 2, .unsupportedSyntax(.expression)),
        Refusal("n[1-2]/", 7, .unsupportedSyntax(.expression)),
    ]

    static let usersAndPorts: [Refusal] = [
        Refusal("root@", 6, .emptyName),
        Refusal(":22", 1, .emptyName),
        Refusal("root@:22", 6, .emptyName),
        Refusal("-l@node", 1, .leadingUserDash),
        Refusal("a b@node", 2, .unexpectedUserCharacter(" ")),
        Refusal("a/b@node", 2, .unexpectedUserCharacter("/")),
        Refusal("a\u{1B}@node", 2, .unexpectedUserCharacter("\\x1B")),
        Refusal("u[1-2]@node", 2, .unexpectedUserCharacter("[")),
        Refusal("a@b@c", 4, .secondUser),
        Refusal("x," + String(repeating: "u", count: 256) + "@h", 3, .userTooLong(bytes: 256)),
        Refusal("a:", 3, .emptyPort),
        Refusal("a:0", 3, .invalidPort("0")),
        Refusal("a:65536", 3, .invalidPort("65536")),
        Refusal("a:ssh", 3, .invalidPort("ssh")),
        Refusal("a:-1", 3, .invalidPort("-1")),
        Refusal("a:+1", 3, .invalidPort("+1")),
        Refusal("a:22x", 3, .invalidPort("22x")),
        Refusal("a:99999999999999999999999", 3, .invalidPort("99999999999999999999")),
        Refusal("n[1-2]:[1-2]", 8, .invalidPort("[1-2]")),
    ]

    static let addresses: [Refusal] = [
        Refusal("a:22:33", 1, .malformedAddress),
        Refusal("x,1::2::3", 3, .malformedAddress),
        Refusal("[1:2]", 2, .malformedAddress),
        Refusal("[fe80::1%]", 2, .malformedAddress),
        Refusal("[fe80::g]:22", 2, .malformedAddress),
        Refusal("[::1", 1, .unclosedBracket),
        Refusal("[::1]x", 6, .textAfterAddress),
        Refusal("[::1]22", 6, .textAfterAddress),
        Refusal("[::1]:", 7, .emptyPort),
        Refusal("[::1]:0", 7, .invalidPort("0")),
        Refusal("u@[::1/64]", 7, .unsupportedSyntax(.expression)),
        Refusal("fe80::[1-9]", 7, .rangeInAddress),
        Refusal("[::1][1-2]", 6, .textAfterAddress),
    ]

    static let ranges: [Refusal] = [
        Refusal("n[]", 3, .emptyRange),
        Refusal("n[1,]", 5, .emptyRange),
        Refusal("n[,1]", 3, .emptyRange),
        Refusal("n[-3]", 3, .emptyRange),
        Refusal("n[3-]", 5, .emptyRange),
        Refusal("n[1--3]", 5, .unexpectedRangeCharacter("-")),
        Refusal("n[1-2-3]", 6, .unexpectedRangeCharacter("-")),
        Refusal("n[1", 2, .unclosedBracket),
        Refusal("n[", 2, .unclosedBracket),
        Refusal("a,n[1-3,b", 4, .unclosedBracket),
        Refusal("n1]", 3, .unopenedBracket),
        Refusal("n[1]]", 5, .unopenedBracket),
        Refusal("n[1[2]]", 4, .nestedBracket),
        Refusal("n[a-c]", 3, .unexpectedRangeCharacter("a")),
        Refusal("n[1-3 ,5]", 6, .unexpectedRangeCharacter(" ")),
        Refusal("n[1@2]", 4, .unexpectedRangeCharacter("@")),
        Refusal("n[+1]", 3, .unexpectedRangeCharacter("+")),
        Refusal("n[5,3-1]", 5, .descendingRange(first: "3", last: "1")),
        Refusal("n[1-010]", 3, .unevenPadding(first: "1", last: "010")),
        Refusal("n[001-10]", 3, .unevenPadding(first: "001", last: "10")),
        Refusal("n[01-010]", 3, .unevenPadding(first: "01", last: "010")),
        Refusal("n[1000000000000000000]", 3, .numberTooLong(digits: 19)),
        Refusal("n[1-1000001]", 1, .beyondLimit(.hosts, 1_000_000)),
        Refusal("a,n[1-1000]m[1-1000]", 3, .beyondLimit(.hosts, 1_000_000)),
        Refusal(
            "n[0-999999999999999999][0-999999999999999999]", 1, .beyondLimit(.hosts, 1_000_000)),
        Refusal(
            "n[" + Array(repeating: "0-999999999999999999", count: 12).joined(separator: ",") + "]",
            1, .beyondLimit(.hosts, 1_000_000)),
    ]

    @Test(arguments: listsAndNames + reservedSigns + usersAndPorts + addresses + ranges)
    func `are refused at the column of the fault`(refusal: Refusal) {
        let fault = #expect(throws: HostPatternFault.self) { try HostPattern(refusal.text) }
        #expect(fault?.reason == refusal.reason)
        #expect(fault?.column == refusal.column)
    }

    @Test func `say where and what to do`() {
        let fault = #expect(throws: HostPatternFault.self) { try HostPattern("n[5,3-1]") }
        #expect(fault?.description == "column 5: the range 3-1 counts down: write 1-3")
    }

    @Test(arguments: HostPatternFault.ReservedSign.allCases)
    func `name the reserved character they refuse`(sign: HostPatternFault.ReservedSign) {
        let fault = #expect(throws: HostPatternFault.self) {
            try HostPattern("node\(sign.rawValue)")
        }
        #expect(fault?.message.contains("'\(sign.rawValue)'") == true)
        #expect(fault?.column == 5)
    }

    @Test func `cut anywhere are read or refused with a column inside them`() throws {
        let texts = [
            "user@node[001-128,200]:2222,[fe80::1%eth0]:514,r[1-4]n[01-20].example.org,::1",
            "a[1[2]],u@@x:99999,kn\u{F6}ten,[::ffff:1.2.3.4]:1,\u{202E}-x,..",
        ]
        for text in texts {
            let bytes = Array(text.utf8)
            for start in bytes.indices {
                for end in start...bytes.count {
                    let piece = String(decoding: bytes[start..<end], as: UTF8.self)
                    do {
                        #expect(try HostPattern(piece).count >= 1)
                    } catch {
                        #expect(1...(piece.unicodeScalars.count + 1) ~= error.column, "\(piece)")
                    }
                }
            }
        }
    }

    @Test func `of every short text give hosts that read as themselves`() throws {
        var accepted = 0
        for text in texts(over: Array("a1[]-,:@."), upTo: 5) {
            guard let pattern = try? HostPattern(text) else { continue }
            accepted += 1
            for host in pattern.hosts() {
                #expect(try Array(HostPattern(host.description).hosts()) == [host], "\(text)")
                #expect(try HostName(host.name.text) == host.name)
                #expect(!host.name.text.hasPrefix("-") && !host.name.text.hasPrefix("."))
                #expect(host.user.map(Host.allowsUser) ?? true)
            }
        }
        #expect(accepted > 1000)
    }
}
