// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite struct `The source tree` {
    private let tree: SourceTree
    private let manifest: PackageManifest

    init() throws {
        tree = try SourceTree.own()
        manifest = PackageManifest(try tree.file("Package.swift"))
    }

    @Test func `is read at all`() {
        #expect(tree.compiled.count { $0.room != nil } > 10)
        #expect(manifest.targets.count > 10)
        #expect(manifest["RunModel"]?.dependencies == ["HostSets"])
    }

    @Test func `imports only what a shelf may import`() {
        expectNone(tree.compiled.flatMap(ImportRule(manifest: manifest).faults))
    }

    @Test func `has dependencies that point one way`() {
        expectNone(manifest.faults(in: tree.files))
    }

    @Test func `holds no banned word`() {
        expectNone(tree.compiled.flatMap(BannedWord.faults))
    }

    @Test func `spells out every case in Model and in machines`() {
        expectNone(tree.compiled.flatMap(SpelledOutSwitches.faults))
    }

    @Test func `says why a type is unchecked`() {
        expectNone(tree.compiled.flatMap(UncheckedSendable.faults))
    }

    @Test func `has short, licensed, real files`() throws {
        expectNone((tree.compiled + [try tree.file("Package.swift")]).flatMap(fileFaults))
    }

    /// A manifest must begin with its tools version, so its licence line is the second.
    private func fileFaults(_ file: SourceFile) -> [TidyFault] {
        guard file.path == "Package.swift" else { return FileRules.faults(in: file) }
        let rest = file.lines.dropFirst().joined(separator: "\n")
        return FileRules.faults(in: SourceFile(file.path, rest))
    }

    @Test func `names no path of one person's machine`() {
        expectNone(tree.files.flatMap(FileRules.machinePaths))
    }

    @Test func `has a row in ARCHITECTURE.md for every target`() throws {
        let table = TargetTable(try tree.file("ARCHITECTURE.md"))
        expectNone(table.faults(against: manifest))
    }

    @Test func `has a place for the next change in CHANGELOG.md`() throws {
        expectNone(FileRules.unreleasedHeading(in: try tree.file("CHANGELOG.md")))
    }

    @Test func `decides about every rule of swift-format`() throws {
        let configuration = Data(try tree.file(".swift-format").text.utf8)
        expectNone(
            FormatRules.faults(
                decided: try FormatRules.names(in: configuration),
                known: try FormatRules.names(in: FormatRules.dumpedConfiguration())))
    }
}
