// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
package import SocketDiagnostics
import SystemPackage
import Threads

extension NetworkNamespace {
    /// Runs the body on a thread of its own that has gone into a namespace; without a name, that
    /// stays where it is.
    ///
    /// There all that belongs to a namespace is the other one's: socket table, settings, addresses,
    /// new sockets. Needs `CAP_SYS_ADMIN` there and here.
    package static func visit<Result: Sendable>(
        _ name: NetworkNamespaceName?, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await DetachedThread.run { () -> Swift.Result<Result, any Error> in
            Swift.Result {
                if let name { try enter(name) }
                return try body()
            }
        }
        .get()
    }

    private static func enter(_ name: NetworkNamespaceName) throws(PrivateNetworkError) {
        let path = name.description
        let file = OwnedDescriptor(
            try systemCall("open \(path)") { open(path, O_RDONLY | O_CLOEXEC) })
        try systemCall("setns \(path)") { lastcall_enter_network(file.number) }
    }
}
