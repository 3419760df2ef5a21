// SPDX-License-Identifier: Apache-2.0

/// Who is asked before a host's session begins: a journal that writes it down first, a pace, a
/// budget of failures.
///
/// While a host waits at the gate its time to connect does not pass.
package protocol StartGate: Sendable {
    /// Waits until the host may be started.
    ///
    /// Returns also when the surrounding task is cancelled.
    ///
    /// - Returns: whether it may; one that may not ends as not started.
    func mayStart(_ host: Int) async -> Bool
}
