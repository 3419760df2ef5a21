// SPDX-License-Identifier: Apache-2.0

import Testing

/// Each check is shown something bad, and must complain at its line.
@Suite struct `The tidy checks` {
    @Test(arguments: [
        ("let a = 1 // Task {", "let a = 1          "),
        ("a /* x /* y */ z */ b", "a                   b"),
        ("a /* \n */ b", "a    \n    b"),
        (#"f("try! x", b)"#, #"f("      ", b)"#),
        (#"f("a\"b", c)"#, #"f("    ", c)"#),
        (#"f("a\(g("b", 1) + c)d", e)"#, #"f("  (g(" ", 1) + c) ", e)"#),
        (##"f(#"a"\(b)\#(c)"#, d)"##, ##"f(#"        (c)"#, d)"##),
        ("f(\"\"\"\n  a \"b\" //\n  \"\"\", c)", "f(\"\"\"\n          \n  \"\"\", c)"),
        ("case `default`: x", "case `       `: x"),
        ("#if os(Linux)", "#if os(Linux)"),
        (##"let r = #/\btry!"/# + 1"##, ##"let r = #/       /# + 1"##),
        ("f(\"open", "f(\"    "),
        ("/* open", "       "),
        ("a) + \"b\"", "a) + \" \""),
        ("", ""),
    ])
    func `see only code`(text: String, code: String) {
        #expect(String(decoding: SwiftLexer(text).code, as: UTF8.self) == code)
    }

    @Test func `end at every prefix of a text`() {
        let text = ##"f(#"a\#("b\(c)")"#, """ \( x """ y) /* /* */ #/ a /# `b` // c"##
        for end in 0...text.utf8.count {
            let prefix = String(decoding: text.utf8.prefix(end), as: UTF8.self)
            #expect(SwiftLexer(prefix).code.count == end)
        }
    }

    private func words(_ path: String, _ text: String) -> [String] {
        BannedWord.faults(in: SourceFile(path, text))
            .map {
                "\($0.line) \($0.message.prefix { $0 != ":" })"
            }
    }

    @Test func `find banned words`() {
        let anywhere = """
            let a = Task { 1 }
            Task<Void, Never>(priority: .low) { }
            Task.detached { }
            try await Task.sleep(for: .seconds(1))
            let b = try! f()
            @testable import HostSets
            """
        for path in ["Sources/System/Spool/A.swift", "Tests/SpoolTests/A.swift"] {
            #expect(
                words(path, anywhere) == [
                    "1 `Task {`", "2 `Task<Void, Never>(priority", "3 `Task.detached`",
                    "4 `Task.sleep`", "5 `try!`", "6 `@testable`",
                ])
        }
    }

    @Test(arguments: [
        ("Sources/Run/RunEngine/A.swift", "  print(a)", ["1 `print(`"]),
        ("Sources/Run/RunEngine/A.swift", "debugPrint(a)", ["1 `debugPrint(`"]),
        ("Sources/Run/RunEngine/A.swift", "page.print(a); sprint(a)", []),
        ("Sources/CommandLine/lastcall/main.swift", "print(a)", []),
        ("Tests/SpoolTests/A.swift", "print(a)", []),
        ("Sources/Run/RunEngine/A.swift", "\nwithUnsafeBytes(a)", ["2 `Unsafe`"]),
        ("Sources/Model/HostSets/A.swift", "nonisolated(unsafe) var a", ["1 `unsafe`"]),
        ("Sources/System/Spool/A.swift", "unsafe f()", []),
        ("Sources/Shells/SSHShells/A.swift", "unsafe f()", []),
        ("Sources/Shells/RshShells/A.swift", "unsafe f()", ["1 `unsafe`"]),
        ("Tests/SpoolTests/A.swift", "unsafe f()", []),
        ("Sources/Run/RunEngine/A.swift", "// print(a)\nlet a = \"try! Task {\"", []),
        ("Sources/Run/RunEngine/A.swift", "withTaskGroup { }; let t: Task<Void, Never>", []),
        ("Sources/System/CLastcallLinux/a.c", "print(unsafe)", []),
    ])
    func `ban words where they are banned`(path: String, text: String, found: [String]) {
        #expect(words(path, text) == found)
    }

    @Test(arguments: [
        ("Sources/Model/TCPClosing/A.swift", "switch a {\n  default: b\n}", [2]),
        ("Sources/Model/TCPClosing/A.swift", "switch a {\n  @unknown default : b\n}", [2]),
        ("Sources/Run/RunEngine/FanOutMachine.swift", "switch a { default: b }", [1]),
        ("Sources/Run/RunEngine/FanOutMachine+Phase.swift", "default:", [1]),
        ("Sources/Run/RunEngine/Engine.swift", "default:", []),
        ("Sources/Model/TCPClosing/A.swift", "a[b, default: 0] += f(default: 1)", []),
        ("Sources/Model/TCPClosing/A.swift", "a[\n  b,\n  default: 0]", []),
        ("Sources/Model/TCPClosing/A.swift", "// default:\nlet a = \"default:\"", []),
        ("Sources/Model/TCPClosing/A.swift", "case .a: f(b,\n c)\n\ndefault:", [4]),
    ])
    func `find switches that are not spelled out`(path: String, text: String, lines: [Int]) {
        #expect(SpelledOutSwitches.faults(in: SourceFile(path, text)).map(\.line) == lines)
    }

    @Test(arguments: [
        ("final class A: @unchecked Sendable {}", [1]),
        ("// The lock guards it.\nfinal class A: @unchecked Sendable {}", []),
        ("final class A: @unchecked Sendable {}  // The lock guards it.", []),
        ("// The lock guards it.\n\nfinal class A: @unchecked Sendable {}", [3]),
        ("let a = \"@unchecked Sendable\"", []),
    ])
    func `find unchecked types without a reason`(text: String, lines: [Int]) {
        let file = SourceFile("Tests/SpoolTests/A.swift", text)
        #expect(UncheckedSendable.faults(in: file).map(\.line) == lines)
    }

    @Test func `find files without licence, placeholders and long files`() {
        let licence = "// SPDX-License-Identifier: Apache-2.0\n"
        func faults(_ path: String, _ text: String) -> [Int] {
            FileRules.faults(in: SourceFile(path, text)).map(\.line)
        }
        #expect(faults("A.swift", licence) == [])
        #expect(faults("A.swift", "") == [1])
        #expect(faults("A.swift", "\n" + licence) == [1])
        #expect(faults("A.c", "int a;") == [1])
        #expect(faults("Tests/A/Placeholder.swift", licence) == [1])
        #expect(faults("A.swift", licence + String(repeating: "\n", count: 599)) == [])
        #expect(faults("A.swift", licence + String(repeating: "\n", count: 600)) == [601])
    }

    @Test(arguments: [
        ("/" + "work/main/a", 1), ("see `/" + "root/.ssh/id`", 1), ("(/" + "home/eve/x)", 1),
        ("/" + "Users/eve/x", 1), ("https://example.org/" + "work/a", 0), ("~/" + "work/a", 0),
        ("/etc/hosts /tmp /usr/bin/env", 0), ("\"/tmp/a\"", 1), ("\"\\(root)/tmp/a\"", 0),
    ])
    func `find paths of one person's machine`(text: String, count: Int) {
        let file = SourceFile("Sources/Run/RunEngine/A.swift", "\n" + text)
        #expect(FileRules.machinePaths(in: file).map(\.line) == Array(repeating: 2, count: count))
    }

    @Test func `let tests use the folder for temporary files`() {
        let file = SourceFile("Tests/SpoolTests/A.swift", "\"/tmp/a\"")
        #expect(FileRules.machinePaths(in: file).isEmpty)
    }

    @Test(arguments: [
        ("# Changelog\n\n## Unreleased\n", true), ("# Unreleased", false), ("", false),
        ("text ## Unreleased", false), ("## Unreleased changes", false),
    ])
    func `find a missing heading in the changelog`(text: String, isFound: Bool) {
        let faults = FileRules.unreleasedHeading(in: SourceFile("CHANGELOG.md", text))
        #expect(faults.isEmpty == isFound)
    }

    @Test func `find rules of swift-format nobody decided about`() {
        let faults = FormatRules.faults(decided: ["A", "Old"], known: ["A", "New"])
        #expect(
            faults.map(\.message) == [
                "decide about the rule `New`", "swift-format knows no rule `Old`",
            ])
    }
}
