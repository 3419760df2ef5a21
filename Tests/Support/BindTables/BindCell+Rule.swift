// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// The questions of a table, one column each.
package enum CellQuestion: String, Hashable, Sendable, CaseIterable {
    /// bind(2).
    case bind
    /// listen(2) right after it.
    case listen
    /// listen(2) after an existing socket that was bound only has begun to listen.
    case listenLate = "listen_late"
    /// connect(2) to the destination of the existing connection.
    case connectSame = "connect_same"
    /// connect(2) to another one.
    case connectOther = "connect_other"
}

/// What BindRule, or a kernel, says about a cell.
package enum CellAnswer: String, Hashable, Sendable {
    case succeeds = "ok"
    case addressInUse = "EADDRINUSE"
    case addressNotAvailable = "EADDRNOTAVAIL"
    case invalid = "EINVAL"
    /// Not asked: bind(2) has failed, or the question makes no sense in this cell.
    case notAsked = "-"
    /// BindRule cannot know; never in a table, as all is known about its cells.
    case depends
}

extension BindCell {
    /// The port all of it is about; the rule only compares ports.
    private static let port: UInt16 = 10_000

    /// The existing socket, as the doctor would have it if it knew everything.
    package var holder: PortHolder {
        var holder = PortHolder(
            state, origin: origin.portOrigin, at: address.address, port: Self.port,
            remote: state.hasFourTuple ? Self.remote(overIPv6: address == .v6) : nil)
        holder.isIPv6Only = isHolderIPv6Only
        holder.reusesAddress = flags.reusesAddress
        holder.reusesPort = flags.reusesPort
        holder.userID = users.old
        holder.interface = interface.index
        holder.hasTimestamps = true
        holder.age = .zero
        return holder
    }

    /// bind(2) to one IPv6 address sets it; connections have what they or their listener had.
    private var isHolderIPv6Only: Bool {
        guard let bound = origin.bindAddress(for: address) else {
            return origin == .clientAutoV6Only
        }
        return bound == .anyV6Only || bound == .v6
    }

    package var request: BindRequest {
        BindRequest(
            newAddress.address, port: Self.port, isIPv6Only: newAddress.setsIPv6Only,
            reusesAddress: newFlags.reusesAddress, reusesPort: newFlags.reusesPort,
            userID: users.new, interface: newInterface.index)
    }

    private static func remote(overIPv6 isIPv6: Bool, port: UInt16 = 514) -> Destination {
        let address: InternetAddress =
            isIPv6 ? .v6(high: 0x2001_0db8 << 32, low: 2, zone: 0) : .v4(0xc000_0202)
        return Destination(address: address, port: port)
    }

    func connect(port: UInt16) -> ConnectRequest {
        let source: CellAddress =
            connectsOverIPv6 ? .v6 : newAddress == .otherV4 ? .otherV4 : .v4
        return ConnectRequest(
            from: source.address, to: Self.remote(overIPv6: connectsOverIPv6, port: port),
            interface: newInterface.index)
    }

    /// What BindRule says.
    package func answer(to question: CellQuestion) -> CellAnswer {
        let bind = CellAnswer(BindRule.bind(request, among: [holder]))
        switch question {
        case .bind: return bind
        case .listen, .listenLate, .connectSame, .connectOther:
            guard bind == .succeeds else { return .notAsked }
        }
        switch question {
        case .bind: return bind
        case .listen: return CellAnswer(BindRule.listen(request, among: [holder]))
        case .listenLate:
            guard state == .bound else { return .notAsked }
            return CellAnswer(BindRule.listenLate(request, after: holder))
        case .connectSame, .connectOther:
            guard canConnect else { return .notAsked }
            let request = connect(port: question == .connectSame ? 514 : 515)
            return CellAnswer(BindRule.connect(request, from: Self.port, among: [holder]))
        }
    }
}

extension CellAnswer {
    package init(_ outcome: BindOutcome) {
        switch outcome {
        case .succeeds: self = .succeeds
        case .addressInUse: self = .addressInUse
        case .depends: self = .depends
        case .mappedAddressRefused: self = .invalid
        }
    }

    package init(_ outcome: ConnectOutcome) {
        switch outcome {
        case .succeeds, .displaces: self = .succeeds
        case .addressNotAvailable: self = .addressNotAvailable
        case .depends: self = .depends
        }
    }
}
