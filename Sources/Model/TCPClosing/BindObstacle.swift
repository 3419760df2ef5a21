// SPDX-License-Identifier: Apache-2.0

/// A holder that stands in the way of bind(2) or listen(2), and why it does not share the port.
public struct BindObstacle: Hashable, Sendable {
    /// Something without which two sockets do not share a port.
    public enum Lack: String, Hashable, Sendable, CaseIterable {
        /// The holder listens; `SO_REUSEADDR` never shares with a listener.
        case holderListens
        /// The old socket has no `SO_REUSEADDR`: setting it on the new one alone does not help.
        case holderWithoutReuseAddress
        /// The new socket has no `SO_REUSEADDR`.
        case requestWithoutReuseAddress
        /// The old socket has no `SO_REUSEPORT`.
        case holderWithoutReusePort
        /// The new socket has no `SO_REUSEPORT`.
        case requestWithoutReusePort
        /// Both have `SO_REUSEPORT`, but belong to different users.
        case otherUser
    }

    /// What is in the way.
    public var holder: PortHolder
    /// Why the two addresses are not apart.
    public var overlap: AddressOverlap
    /// What is known to be missing for sharing, in the order of `Lack`.
    public var lacks: [Lack]
    /// What decides whether it is in the way; empty when it is for certain.
    public var dependsOn: [PortUnknown]

    /// Whether it is in the way, whatever is not known.
    public var isCertain: Bool { dependsOn.isEmpty }

    init(_ holder: PortHolder, _ request: BindRequest, _ overlap: AddressOverlap) {
        self.holder = holder
        self.overlap = overlap
        dependsOn = []
        var lacks: [Lack] = []
        if holder.state == .listening { lacks.append(.holderListens) }
        if holder.reusesAddress == false { lacks.append(.holderWithoutReuseAddress) }
        if !request.reusesAddress { lacks.append(.requestWithoutReuseAddress) }
        if holder.reusesPort == false { lacks.append(.holderWithoutReusePort) }
        if !request.reusesPort { lacks.append(.requestWithoutReusePort) }
        if request.reusesPort, holder.reusesPort != false, !holder.state.isMiniSocket,
            let user = holder.userID, user != request.userID
        {
            lacks.append(.otherUser)
        }
        self.lacks = lacks
    }
}
