// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
package import SocketDiagnostics

extension NetworkNamespace {
    /// Runs the body in a namespace, and comes back; for a thread of its own.
    ///
    /// Needs `CAP_SYS_ADMIN` there and here.
    package static func whileIn<Result>(
        _ name: NetworkNamespaceName, _ body: () throws -> Result
    ) throws -> Result {
        let home = try NetworkNamespace()
        let path = name.description
        let there = OwnedDescriptor(
            try systemCall("open \(path)") { open(path, O_RDONLY | O_CLOEXEC) })
        try systemCall("setns \(path)") { lastcall_enter_network(there.number) }
        defer { try? home.enter() }
        return try body()
    }

    /// Whether this thread is in a namespace already; `false` also when that cannot be seen.
    package static func isHere(_ name: NetworkNamespaceName) -> Bool {
        var here = stat()
        var there = stat()
        return stat("/proc/thread-self/ns/net", &here) == 0 && stat(name.description, &there) == 0
            && here.st_dev == there.st_dev && here.st_ino == there.st_ino
    }
}
