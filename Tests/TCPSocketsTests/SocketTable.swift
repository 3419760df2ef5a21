// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// The kernel's IPv4 sockets, as /proc/net/tcp shows them.
enum SocketTable {
    /// The state of the socket with these two ports, or `nil` when there is none.
    static func state(from local: UInt16, to remote: UInt16) throws -> String? {
        for line in try text(of: "/proc/net/tcp").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 3, port(fields[1]) == local, port(fields[2]) == remote else {
                continue
            }
            let names = [
                "01": "ESTABLISHED", "04": "FIN-WAIT-1", "05": "FIN-WAIT-2", "06": "TIME-WAIT",
                "07": "CLOSE", "08": "CLOSE-WAIT", "09": "LAST-ACK", "0B": "CLOSING",
            ]
            return names[String(fields[3]), default: String(fields[3])]
        }
        return nil
    }

    private static func port(_ field: Substring) -> UInt16? {
        field.split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
    }

    private static func text(of path: String) throws -> String {
        let file = try FileDescriptor.open(FilePath(path), .readOnly)
        return try file.closeAfter {
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return String(decoding: all, as: UTF8.self) }
                all += piece[..<count]
            }
        }
    }
}
