// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc

/// A network namespace, held by a descriptor and by nothing else: it is gone when this process is,
/// whatever ends it (network_namespaces(7)).
///
/// Which namespace one is in is a matter of each thread, so all of this is for a thread of its own,
/// never for one of a pool.
package final class NetworkNamespace: Sendable {
    private let descriptor: OwnedDescriptor

    /// The namespace this thread is in.
    package init() throws(PrivateNetworkError) {
        let path = "/proc/thread-self/ns/net"
        descriptor = OwnedDescriptor(
            try systemCall("open \(path)") { open(path, O_RDONLY | O_CLOEXEC) })
    }

    /// Makes an empty namespace and leaves this thread in it.
    package static func make() throws(PrivateNetworkError) -> NetworkNamespace {
        try systemCall("unshare(CLONE_NEWNET)") { lastcall_unshare_network() }
        return try NetworkNamespace()
    }

    /// Takes this thread into the namespace.
    package func enter() throws(PrivateNetworkError) {
        try systemCall("setns(CLONE_NEWNET)") { lastcall_enter_network(descriptor.number) }
    }

    /// The number to give to the kernel; borrowed.
    var number: Int32 { descriptor.number }
}
