// SPDX-License-Identifier: Apache-2.0

/// Who closes a connection first, and so who keeps it in TIME-WAIT.
///
/// Whoever sends the first FIN that is acknowledged keeps the four-tuple in TIME-WAIT (60 s on
/// Linux), so that a lost last ACK can be repeated and stray segments die out (RFC 9293
/// section 3.6.1, RFC 1337). A policy chooses who pays that price.
public enum ClosingPolicy: String, Hashable, Sendable, CaseIterable {
    /// Read to the end of the remote stream, then reset: nobody keeps anything.
    ///
    /// The remote end has sent its FIN, so no byte of it can be lost, and our RST takes its
    /// LAST-ACK wait away. The price is RFC 1337's: with no TIME-WAIT at either end, a segment of
    /// this connection that wanders about the network for longer than the four-tuple rests could
    /// be taken for one of its successor. TCP timestamps (on by default) make that practically
    /// impossible; on paths without them prefer `remoteFirst`. Only for protocols in which we send
    /// nothing after the remote end stops reading.
    case resetAfterEnd = "reset-after-end"
    /// Wait for the remote end to close, then close in order: the remote end keeps TIME-WAIT.
    ///
    /// The classic cure. Safe by the letter of RFC 9293; a server that is called often from
    /// one machine pays with its own ports.
    case remoteFirst = "remote-first"
    /// Close when we are done: this machine keeps TIME-WAIT.
    ///
    /// What most programs do. Spares the server, and uses up local ports: the four-tuple rests for
    /// 60 s on Linux.
    case localFirst = "local-first"
}
