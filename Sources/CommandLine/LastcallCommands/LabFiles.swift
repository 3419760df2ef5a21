// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ClosingLab
import SystemPackage
import TextForms

/// The files a report goes to, opened before anything is played.
struct LabFiles {
    private var json: FileDescriptor?
    private var html: FileDescriptor?
    /// Whether the page has every time-line.
    private let hasEverything: Bool

    init(json: String?, html: String?, hasEverything: Bool) throws {
        if hasEverything, html == nil {
            throw UsageError("--every-time-line is about the page: name one with --html")
        }
        self.hasEverything = hasEverything
        self.json = try json.map { try Self.open($0, "--json") }
        self.html = try html.map { try Self.open($0, "--html") }
    }

    private static func open(_ path: String, _ option: String) throws(UsageError) -> FileDescriptor
    {
        guard path != "-" else {
            throw UsageError(
                "\(option) -: standard output has the report in words; name a file (./- is one)")
        }
        do {
            return try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw UsageError("\(option): cannot write '\(SafeText.line(path))': \(error)")
        }
    }

    /// Writes what was asked for.
    func write(_ report: LabReport) throws {
        do {
            if let json { try json.closeAfter { _ = try json.writeAll(LabJSON.bytes(report)) } }
            if let html {
                let page = LabHTML.page(report, hasEverything: hasEverything)
                try html.closeAfter { _ = try html.writeAll(page.utf8) }
            }
        } catch {
            let message = "lastcall: the report could not be written in full: \(error)\n"
            _ = try? FileDescriptor.standardError.writeAll(message.utf8)
            throw ExitCode(5)
        }
    }
}
