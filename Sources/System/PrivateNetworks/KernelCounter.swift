// SPDX-License-Identifier: Apache-2.0

/// What the kernel has counted in the network this thread is in.
enum KernelCounter {
    /// The value of a name of `TcpExt`, or `nil` when there is none (proc(5)).
    static func value(of name: String) -> Int? {
        let lines = NetworkFile.text("netstat").split(separator: "\n")
            .filter { $0.hasPrefix("TcpExt:") }
        guard lines.count == 2 else { return nil }
        // Names in one line, their numbers in the next.
        let names = lines[0].split(separator: " ")
        let numbers = lines[1].split(separator: " ")
        guard let place = names.firstIndex(of: Substring(name)), place < numbers.count else {
            return nil
        }
        return Int(numbers[place])
    }
}
