// SPDX-License-Identifier: Apache-2.0

/// Who holds which sockets: one look at the descriptors of every process, and what it means.
///
/// The look is no snapshot of one moment: a process that starts or ends meanwhile may be missed.
public struct SocketOwners: Hashable, Sendable {
    /// The owners found, by inode.
    public var holders: [UInt32: [SocketOwner]] = [:]
    /// The users of processes whose descriptors could not be read.
    public var hiddenUsers: Set<UInt32> = []
    /// Unix sockets that have descriptors in their queues.
    public var queues: [SocketOwner] = []
    /// Whether the numbers of all processes of the machine are visible: the reader is in the first
    /// pid namespace, and proc(5) is not mounted with `hidepid`.
    public var seesEveryProcess = true

    /// Makes a look that has found nothing.
    public init() {}

    /// Who has a socket.
    public func ownership(of socket: SocketSnapshot) -> SocketOwnership {
        guard socket.inode != 0 else {
            return .notVisible([socket.isUnaccepted ? .notAccepted : .orphan])
        }
        if let owners = holders[socket.inode], !owners.isEmpty { return .owned(owners) }
        var reasons: [InvisibleOwner] = []
        // A process may have been given it by another user, but its maker's comes first.
        if hiddenUsers.contains(socket.userID) { reasons.append(.otherUser(socket.userID)) }
        if !seesEveryProcess { reasons.append(.otherPIDNamespace) }
        reasons.append(.inFlight(queuedAt: queues))
        let others = hiddenUsers.subtracting([socket.userID])
        reasons += others.sorted().map(InvisibleOwner.otherUser)
        if socket.userID == 0 { reasons.append(.kernel) }
        reasons.append(.closedMeanwhile)
        return .notVisible(reasons)
    }
}

extension SocketSnapshot {
    /// Whether a connection without a descriptor is one that nobody has accepted yet.
    ///
    /// What a process has closed is in a state in which a FIN has been sent.
    var isUnaccepted: Bool {
        switch state {
        case .established, .synReceived, .newSynReceived, .closeWait: true
        case .synSent, .finWait1, .finWait2, .timeWait, .closed, .lastAck, .listen, .closing,
            .bound:
            false
        }
    }
}
