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
        guard let path else {
            if StandardDescriptors.closedAtStart.contains(.standardOutput) {
                throw UsageError("standard output is closed: there is nowhere to write to")
            }
            return try write(text, to: .standardOutput, called: "standard output")
        }
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw UsageError("--output: cannot write \(quoted(path)): \(error)")
        }
        try file.closeAfter { try write(text, to: file, called: quoted(path)) }
    }

    private static func write(
        _ text: String, to file: FileDescriptor, called name: String
    ) throws {
        do {
            _ = try file.writeAll(text.utf8)
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
