// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Files of the network this thread is in.
enum NetworkFile {
    /// The text of a file under /proc/net; empty when it cannot be read.
    static func text(_ name: String) -> String {
        guard
            let file = try? FileDescriptor.open(
                FilePath("/proc/thread-self/net/" + name), .readOnly, options: .closeOnExec)
        else { return "" }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        _ = try? file.closeAfter {
            while case let count = try piece.withUnsafeMutableBytes({ try file.read(into: $0) }),
                count > 0
            {
                text += piece[..<count]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
