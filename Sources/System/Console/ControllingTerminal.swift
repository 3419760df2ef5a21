// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// The terminal a person sits at, whatever the standard streams are.
package enum ControllingTerminal {
    /// Shows a question and reads one line of answer.
    ///
    /// - Returns: the answer without its line end; `nil` when the process has no terminal, or when
    ///   its standard error is none: then nobody sees what it asks.
    package static func ask(_ question: String) -> String? {
        guard StandardDescriptors.isTerminal(.standardError),
            let terminal = try? FileDescriptor.open("/dev/tty", .readWrite, options: .closeOnExec)
        else { return nil }
        defer { try? terminal.close() }
        guard (try? terminal.writeAll(question.utf8)) != nil else { return nil }
        var answer: [UInt8] = []
        var byte: [UInt8] = [0]
        while answer.count < 1_000 {
            let count = (try? byte.withUnsafeMutableBytes { try terminal.read(into: $0) }) ?? 0
            if count == 0 || byte[0] == UInt8(ascii: "\n") { break }
            answer.append(byte[0])
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
