// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// Where the events of a run go: reports, a journal, a check.
///
/// Per host the events come in order and their times never go back. Sessions that run on several
/// threads call from several threads at once.
package protocol RunEventSink: Sendable {
    /// Takes one event. Never waits.
    func receive(_ event: RunEvent)

    /// Waits while the readers of output are behind; a session calls it after each piece of output,
    /// so that at most one piece per open host arrives in between.
    ///
    /// Returns early when the surrounding task is cancelled: a run that is aborted does not wait
    /// for its readers.
    func ready() async

    /// Waits until everything received so far is where it is to be kept.
    ///
    /// Called once every host has ended, before `finished`: what the summary counts has been kept.
    func settled() async
}

extension RunEventSink {
    package func settled() async {}
}
