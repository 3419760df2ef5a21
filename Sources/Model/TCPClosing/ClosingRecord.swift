// SPDX-License-Identifier: Apache-2.0

/// What happened when a connection was closed.
public struct ClosingRecord: Hashable, Sendable {
    /// One of the two ends.
    public enum End: String, Hashable, Sendable {
        /// This machine.
        case local
        /// The other end.
        case remote
    }

    /// What an end keeps of a closed connection.
    public enum Leftover: String, Hashable, Sendable {
        /// No trace; the four-tuple is free.
        case nothing
        /// The four-tuple rests: 60 s on Linux, up to 62.1 s as measured.
        case timeWait = "TIME-WAIT"
        /// An orphan waits for the other end's FIN (`tcp_fin_timeout`), and TIME-WAIT follows.
        case finWait2 = "FIN-WAIT-2"
    }

    /// Who ended the connection first, by FIN or RST.
    public var closedFirst: End
    /// Whether a RST ended the connection, rather than two FINs.
    public var byReset: Bool
    /// What this machine keeps.
    public var leftHere: Leftover
    /// What the other end keeps, if its kernel follows RFC 9293.
    public var leftThere: Leftover
    /// Whether bytes of the other end may have been thrown away.
    public var bytesMayBeLost: Bool

    /// Makes a record.
    public init(
        closedFirst: End, byReset: Bool, leftHere: Leftover, leftThere: Leftover,
        bytesMayBeLost: Bool
    ) {
        self.closedFirst = closedFirst
        self.byReset = byReset
        self.leftHere = leftHere
        self.leftThere = leftThere
        self.bytesMayBeLost = bytesMayBeLost
    }
}
