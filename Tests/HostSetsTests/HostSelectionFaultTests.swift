// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

@Suite struct `A fault in the choice of hosts` {
    private func fault(
        _ included: [String], _ excluded: [String] = [], _ files: PretendFiles = PretendFiles([:])
    ) -> HostSelectionFault? {
        #expect(throws: HostSelectionFault.self) {
            try HostSelection(including: included, excluding: excluded, reading: files.read)
        }
    }

    @Test func `in an argument shows the argument`() {
        #expect(
            fault(["a", "node[1-3],no de"])?.description == """
                -w: column 13: ' ' cannot be part of a host name: use letters, digits, '.', '-' and '_'
                    node[1-3],no de
                                ^
                """)
        #expect(
            fault(["a"], ["-oProxyCommand"])?.description == """
                -x: column 1: a host name cannot start with '-': it could be read as an option
                    -oProxyCommand
                    ^
                """)
        #expect(
            fault([""])?.description == """
                -w: column 1: no host is named: write one, such as node1 or node[1-9]
                    
                    ^
                """)
    }

    @Test func `in a file shows file, line, column and the line`() {
        let files = PretendFiles(["hosts": "# all\r\nnode1 node[3-1] # x\r\nnode2\r\n"])
        #expect(
            fault(["^hosts"], [], files)?.description == """
                hosts:2:12: the range 3-1 counts down: write 1-3
                    node1 node[3-1] # x
                               ^
                """)
    }

    @Test func `on the standard input says so`() {
        let fault = fault(["-"], [], PretendFiles(["-": "a\nb\n@x"]))
        #expect(
            fault?.description.hasPrefix("<stdin>:3:1: @x: there is no source of groups") == true)
    }

    @Test func `shows control bytes and other bytes as numbers, and the caret still fits`() {
        let line = [0x1B] + Array("(2J \u{E4} ".utf8) + [0xFF, 0xE2, 0x80] + Array(" a/b".utf8)
        let files = PretendFiles("bad\u{1B}name", Array("#c\n".utf8) + line)
        #expect(
            fault(["^bad\u{1B}name"], [], files)?.description == """
                bad\\x1Bname:2:1: '\\x1B' cannot be part of a host name: use letters, digits, '.', '-' and '_'
                    \\x1B(2J \u{E4} \\xFF\\xE2\\x80 a/b
                    ^
                """)
    }

    @Test func `counts columns in characters, not bytes`() {
        let fault = fault(["^f"], [], PretendFiles(["f": "x:\u{E4}\u{4E2D} y"]))
        #expect(fault?.column == 3)
        let second = self.fault(["^\u{E4}\u{4E2D},b*"])
        #expect(second?.column == 1)
    }

    @Test func `after signs shown longer than they are has its caret in place`() {
        let files = PretendFiles(["\u{1B}": "b"])
        let fault = fault(["^\u{1B},b$"], [], files)
        #expect(fault?.column == 5)
        #expect(fault?.excerpt == "^\\x1B,b$\n       ^")
    }

    @Test func `in a long line shows only its surroundings`() {
        let long = String(repeating: "a,", count: 100_000)
        let fault = fault(["^f"], [], PretendFiles(["f": "\(long)$,\(long)"]))
        #expect(fault?.column == 200_001)
        let lines = fault?.excerpt.split(separator: "\n") ?? []
        #expect(lines.first?.count == 102)
        #expect(lines.last?.count == 52)
    }

    @Test func `when a file cannot be read carries path and reason`() {
        let fault = fault(["a,^lost"])
        #expect(
            fault?.reason
                == .unreadable(.file("lost"), message: "No such file or directory"))
        #expect(
            fault?.description == """
                -w: column 3: cannot read lost: No such file or directory
                    a,^lost
                      ^
                """)
        let include = self.fault(["^f"], [], PretendFiles(["f": "x\n #include  gone "]))
        #expect(include?.description.hasPrefix("f:2:12: cannot read gone: No such") == true)
        #expect(
            self.fault(["-"])?.reason
                == .unreadable(.standardInput, message: "\(PretendFiles.Missing())"))
    }

    @Test(arguments: [
        ("#include", 1, 9, HostSelectionFault.Reason.unusablePath),
        ("a\n#include  ", 2, 11, .unusablePath),
        ("#include a\u{0}b", 1, 10, .unusablePath),
        ("a #include b", 1, 3, .misplacedInclude),
        ("a\u{0}b", 1, 2, .nul),
        ("a\rb", 1, 2, .pattern(.unexpectedCharacter("\\x0D"))),
        ("a\u{B}b", 1, 2, .pattern(.unexpectedCharacter("\\x0B"))),
        ("x\na,^g", 2, 3, .pattern(.unsupportedSyntax(.file))),
        ("node[1-3, 5]", 1, 5, .pattern(.unclosedBracket)),
        ("node1, node2", 1, 7, .pattern(.emptyItem)),
        ("-", 1, 1, .pattern(.leadingDash)),
    ])
    func `in a file is at its line and column`(
        text: String, line: Int, column: Int, reason: HostSelectionFault.Reason
    ) {
        let fault = fault(["^f"], [], PretendFiles(["f": text]))
        #expect(fault?.origin == .line(line, of: .file("f")))
        #expect(fault?.column == column)
        #expect(fault?.reason == reason)
    }

    @Test(arguments: [
        (["^"], 1, HostSelectionFault.Reason.unusablePath),
        (["a,^,b"], 3, .unusablePath),
        (["a,-"], 3, .pattern(.leadingDash)),
        (["-", "b,^-"], 3, .standardInputTaken),
        (["n[1-999999]", "a,b"], 3, .pattern(.beyondLimit(.hosts, 1_000_000))),
        (["n[1-999999],^two"], 1, .pattern(.beyondLimit(.hosts, 1_000_000))),
    ])
    func `in arguments is at its column`(
        arguments: [String], column: Int, reason: HostSelectionFault.Reason
    ) {
        let fault = fault(arguments, [], PretendFiles(["-": "s", "two": "s\nt"]))
        #expect(fault?.column == column)
        #expect(fault?.reason == reason)
    }

    @Test func `of the limit counts -w and -x apart`() {
        let fault = fault(["n[1-600000]"], ["n[1-600000]", "a$"])
        #expect(fault?.reason == .pattern(.unexpectedCharacter("$")))
    }

    @Test(
        arguments: [
            [0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61],
        ] as [[UInt8]])
    func `says when a file is UTF-16`(bytes: [UInt8]) {
        let fault = fault(["^f"], [], PretendFiles("f", bytes))
        #expect(fault?.reason == .notUTF8)
    }

    @Test func `shows the circle of files that include each other`() {
        let files = PretendFiles(["a": "#include b", "b": "\n#include ./c", "c": "#include b"])
        let fault = fault(["^a"], [], files)
        #expect(fault?.reason == .includeCycle([.file("b"), .file("c"), .file("b")]))
        #expect(
            fault?.description
                .hasPrefix("c:1:10: the files include each other in a circle: b → c → b") == true)
    }

    @Test func `stops includes at their depth`() throws {
        func chain(_ length: Int) -> PretendFiles {
            var texts = ["f\(length)": "end"]
            for index in 0..<length { texts["f\(index)"] = "#include f\(index + 1)" }
            return PretendFiles(texts)
        }
        let deepest = try HostSelection(including: ["^f0"], reading: chain(16).read)
        #expect(deepest.hosts.map(\.description) == ["end"])
        #expect(fault(["^f0"], [], chain(17))?.reason == .includeTooDeep)
    }

    @Test func `stops files that include ever more files`() {
        var texts = ["f16": "end"]
        for index in 0..<16 {
            texts["f\(index)"] = "#include f\(index + 1)\n#include f\(index + 1)"
        }
        #expect(fault(["^f0"], [], PretendFiles(texts))?.reason == .tooManyFiles)
    }
}
