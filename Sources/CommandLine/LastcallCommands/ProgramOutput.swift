// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import SystemPackage
import TextForms

/// The whole output of a command that has computed it.
enum ProgramOutput {
    /// Output could not be written in full.
    private static let lossStatus: Int32 = 5

    /// Writes a text to standard output, or to a file.
    ///
    /// - Throws: `UsageError` when there is nowhere to write to; `ExitCode` after saying what could
    ///   not be written.
    static func write(_ text: String, to path: String? = nil) throws {
        guard let path else { return try write(bytes: Array(text.utf8)) }
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw UsageError("--output: cannot write \(quoted(path)): \(error)")
        }
        try file.closeAfter { try write(Array(text.utf8), to: file, called: quoted(path)) }
    }

    /// Writes bytes to standard output.
    ///
    /// - Throws: as `write` does.
    static func write(bytes: [UInt8]) throws {
        if StandardDescriptors.closedAtStart.contains(.standardOutput) {
            throw UsageError("standard output is closed: there is nowhere to write to")
        }
        try write(bytes, to: .standardOutput, called: "standard output")
    }

    private static func write(
        _ bytes: [UInt8], to file: FileDescriptor, called name: String
    ) throws {
        do {
            _ = try file.writeAll(bytes)
        } catch {
            let message = "lastcall: \(name) could not be written in full: \(error)\n"
            _ = try? FileDescriptor.standardError.writeAll(message.utf8)
            throw ExitCode(lossStatus)
        }
    }

    /// What somebody wrote, in quotes and safe for a terminal.
    static func quoted(_ text: String) -> String { "'\(SafeText.line(text))'" }

    /// What somebody wrote, safe for a terminal.
    static func safe(_ text: some StringProtocol) -> String { SafeText.line(String(text)) }
}
