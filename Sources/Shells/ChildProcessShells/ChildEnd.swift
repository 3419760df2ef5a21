// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// How a child process ended, as far as this machine is concerned.
package enum ChildEnd: Hashable, Sendable {
    /// It ended with this exit code, 0...255.
    case exited(Int)
    /// It died of this signal.
    case signalled(Int)
    /// It could not be started, or not be watched.
    case failed(HostFailure)
    /// It was ended here, because its input could no longer be read.
    case inputLost(String)
    /// The session was stopped before it was started.
    case stopped
}
