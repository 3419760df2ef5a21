// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// What the kernel has counted in the network this thread is in.
enum KernelCounter {
    /// The value of a name of `TcpExt`, or `nil` when there is none (proc(5)).
    static func value(of name: String) -> Int? {
        let lines = text().split(separator: "\n").filter { $0.hasPrefix("TcpExt:") }
        guard lines.count == 2 else { return nil }
        // Names in one line, their numbers in the next.
        let names = lines[0].split(separator: " ")
        let numbers = lines[1].split(separator: " ")
        guard let place = names.firstIndex(of: Substring(name)), place < numbers.count else {
            return nil
        }
        return Int(numbers[place])
    }

    private static func text() -> String {
        guard
            let file = try? FileDescriptor.open(
                "/proc/thread-self/net/netstat", .readOnly, options: .closeOnExec)
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
