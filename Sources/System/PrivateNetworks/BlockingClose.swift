// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Threads

/// A close(2) that blocks, on a thread of its own, so that the wire can go on meanwhile.
package final class BlockingClose: Sendable {
    private let isDone = Mutex(false)

    init(of descriptor: Int32) throws(PrivateNetworkError) {
        do {
            try DetachedThread.start {
                LabSocket.closeAndWait(descriptor)
                self.isDone.withLock { $0 = true }
            }
        } catch {
            throw PrivateNetworkError("pthread_create", error)
        }
    }

    /// Whether it has returned.
    package var hasReturned: Bool { isDone.withLock(\.self) }
}
