// SPDX-License-Identifier: Apache-2.0

import Glibc
import TCPSockets

/// Holds this machine's reserved ports as plain rsh does, without SO_REUSEADDR, while it lives.
struct ReservedPortHolder: ~Copyable {
    private var descriptors: [Int32] = []

    /// Takes all free ports of 512...1023 but so many.
    init(leaving free: Int) throws {
        var left = free
        for port in (UInt16(512)...1023).reversed() {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Unavailable(errno: errno) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard bound == 0, left == 0 else {
                if bound == 0 { left -= 1 }
                close(descriptor)
                continue
            }
            descriptors.append(descriptor)
        }
    }

    /// How many ports it holds.
    var count: Int { descriptors.count }

    deinit { for descriptor in descriptors { close(descriptor) } }

    struct Unavailable: Error { let errno: Int32 }
}
