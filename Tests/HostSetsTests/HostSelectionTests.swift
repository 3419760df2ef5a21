// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

/// Files that exist only in a test; the standard input is `-`.
struct PretendFiles {
    struct Missing: Error, CustomStringConvertible {
        var description: String { "No such file or directory" }
    }

    var contents: [String: [UInt8]] = [:]

    init(_ texts: [String: String]) {
        contents = texts.mapValues { Array($0.utf8) }
    }

    init(_ path: String, _ bytes: [UInt8]) { contents[path] = bytes }

    func read(_ path: HostListPath) throws -> [UInt8] {
        let name =
            switch path {
            case .standardInput: "-"
            case .file(let path): path
            }
        guard let bytes = contents[name] else { throw Missing() }
        return bytes
    }
}

@Suite struct `Choosing hosts` {
    private func names(
        _ included: [String], _ excluded: [String] = [], _ files: [String: String] = [:]
    ) throws -> [String] {
        try HostSelection(
            including: included, excluding: excluded, reading: PretendFiles(files).read
        )
        .hosts.map(\.description)
    }

    @Test func `joins the arguments in order, each host once`() throws {
        #expect(try names(["b,a", "c[1-2],a"]) == ["b", "a", "c1", "c2"])
        #expect(try names(["node[1-3]", "node2"], ["node1"]) == ["node2", "node3"])
    }

    @Test func `reads files where they stand in the list`() throws {
        let files = ["f": "x y\nz[1-2]", "dir/g h": "w", "-": "from-stdin"]
        #expect(try names(["a,^f,b"], [], files) == ["a", "x", "y", "z1", "z2", "b"])
        #expect(try names(["^f"], ["^dir/g h,y"], files) == ["x", "z1", "z2"])
        #expect(try names(["-"], [], files) == ["from-stdin"])
        #expect(try names(["a,^-"], [], files) == ["a", "from-stdin"])
        #expect(try names(["^./f"], [], files) == ["x", "y", "z1", "z2"])
    }

    @Test(arguments: [
        ("", []),
        ("\n\n", []),
        ("# only a comment", []),
        ("a b\tc\n d ", ["a", "b", "c", "d"]),
        ("a # b\n#c\nd#e", ["a", "d"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\r\n\r\nb\r", ["a", "b"]),
        ("# caf\u{E9}\r\na", ["a"]),
        ("\u{FEFF}a\nb", ["a", "b"]),
        ("\u{FEFF}", []),
        ("a,b[1-2] root@c:22", ["a", "b1", "b2", "root@c:22"]),
        ("#includes\n#include-all\n#Include x\na", ["a"]),
    ])
    func `takes these files`(text: String, hosts: [String]) throws {
        #expect(try names(["^f"], [], ["f": text]) == hosts)
    }

    @Test func `takes a comment that is not UTF-8`() throws {
        let files = PretendFiles("f", Array("# caf".utf8) + [0xE9, 0x0A] + Array("a".utf8))
        let selection = try HostSelection(including: ["^f"], reading: files.read)
        #expect(selection.hosts.map(\.description) == ["a"])
    }

    @Test func `follows includes from the folder of the including file`() throws {
        let files = [
            "/etc/all": "#include racks/one\n  #include\t./racks//two \r\nlast",
            "/etc/racks/one": "a\n#include ../top", "/etc/racks/two": "b\n#include /abs",
            "/etc/racks/../top": "t", "/abs": "c", "near": "n", "-": "#include near",
        ]
        #expect(try names(["^/etc/all"], [], files) == ["a", "t", "b", "c", "last"])
        #expect(try names(["-"], [], files) == ["n"])
    }

    @Test func `takes one file any number of times when it is no circle`() throws {
        let files = ["f": "#include g\n#include g", "g": "a"]
        #expect(try names(["^f,^g", "^f"], ["^h"], files.merging(["h": "b"]) { $1 }) == ["a"])
    }

    @Test func `tells an empty choice from one that was excluded`() throws {
        let read = PretendFiles(["f": "# none"]).read
        let none = try HostSelection(including: ["^f"], reading: read)
        #expect(none.hosts.isEmpty && none.excludedCount == 0)
        let all = try HostSelection(including: ["a,b"], excluding: ["a,b"], reading: read)
        #expect(all.hosts.isEmpty && all.excludedCount == 2)
    }

    @Test func `names the exclusions that took nothing out`() throws {
        let selection = try HostSelection(
            including: ["a,root@b,c:22,d"], excluding: ["nod1,b,root@c,c:22,d"],
            reading: PretendFiles([:]).read)
        #expect(selection.hosts.map(\.description) == ["a"])
        #expect(selection.unmatchedExclusions.map(\.description) == ["nod1", "root@c"])
    }

    @Test func `of every prefix of a file gives hosts or a fault inside it`() {
        let bytes =
            [0xEF, 0xBB, 0xBF] + Array("a[1-3] # c\r\n#include g\nroot@[::1]:22,b\u{F6}".utf8)
            + [0xFF, 0x0A] + Array("x[2-1]\u{0}".utf8)
        for end in 0...bytes.count {
            let files = PretendFiles("f", Array(bytes[..<end]))
            do {
                _ = try HostSelection(including: ["^f"], reading: files.read)
            } catch {
                #expect(error.column >= 1 && error.column <= end + 1)
            }
        }
    }
}
