// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import SystemPackage

/// Standard output of the lab: what is known is written at once, as a visit takes a while.
enum LabOutput {
    /// Output could not be written in full.
    private static let lossStatus: Int32 = 5

    /// Writes a line.
    ///
    /// - Throws: `ExitCode` after saying on standard error what could not be written.
    static func line(_ text: String) throws {
        do {
            _ = try FileDescriptor.standardOutput.writeAll((text + "\n").utf8)
        } catch {
            let message = "lastcall: standard output could not be written in full: \(error)\n"
            _ = try? FileDescriptor.standardError.writeAll(message.utf8)
            throw ExitCode(lossStatus)
        }
    }
}
