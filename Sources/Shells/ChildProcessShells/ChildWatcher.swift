// SPDX-License-Identifier: Apache-2.0

import RunModel

/// Sees what a child does, from several tasks at once, and never waits.
protocol ChildWatcher: Sendable {
    /// The child has been started.
    func started()
    /// The child, or one of its children, has written; called before the bytes are passed on.
    func output(_ stream: OutputStream, _ bytes: [UInt8])
    /// The child has written into its log.
    func logged(_ bytes: [UInt8])
    /// The child has ended, and `logged` has had all of its log; its streams may still be open.
    func ended()
}
