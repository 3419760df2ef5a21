// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// The local ports that the kernel can choose for one more connection to a destination, from one
/// address.
package struct PortBudget: Hashable, Sendable {
    /// How many the kernel may choose from at all.
    package var allPorts = 0
    /// How many it could take now.
    package var freePorts = 0
    /// Held by TIME-WAIT towards there.
    package var timeWait = 0
    /// Held by open connections there.
    package var open = 0
    /// Held by connections there that are closing.
    package var closing = 0
    /// Held by sockets that are bound to them, or listen.
    package var bound = 0
    /// How many connections there have been closed here first, in the last ten seconds.
    package var recentlyClosed = 0
    /// When the first TIME-WAIT there ends, at the latest.
    package var firstEnd: Duration?

    /// How many connections a second can be opened there for ever, if this end closes first.
    package var sustainableRate = 0.0

    /// When no port is left at the rate of the last ten seconds; `nil` when that never happens.
    package var exhaustedIn: Duration? {
        let rate = Double(recentlyClosed) / 10
        guard rate > sustainableRate, freePorts > 0 else { return nil }
        return .seconds(Double(freePorts) / rate)
    }

    /// Whether so many ports are in use that the kernel searches long for a free one: it tries those
    /// of one parity first.
    package var isSearchSlow: Bool { freePorts < allPorts / 2 }

    /// - Parameters:
    ///   - destination: where the connections go.
    ///   - source: the local address; `nil` for any.
    ///   - sockets: those towards the destination's port, and those that are bound or listen.
    ///   - settings: the kernel's.
    package init(
        towards destination: Destination, from source: InternetAddress?,
        among sockets: some Sequence<SocketSnapshot>, settings: PortSettings
    ) {
        allPorts = settings.automaticPortCount
        let goal = destination.address.unmapped
        let rest = settings.rest(towards: goal)
        sustainableRate = TimeWait.sustainableRate(ports: allPorts, rest: rest)
        let takesOver =
            settings.takesOver(towards: goal)
            || settings.usesTimestamps
                && settings.reuse.setting == .loopbackOnly && (source?.isLoopback ?? false)
        var used: Set<UInt16> = []
        for socket in sockets where settings.isAutomatic(socket.localPort) {
            switch socket.state {
            case .listen, .closed, .bound:
                if used.insert(socket.localPort).inserted { bound += 1 }
                continue
            case .established, .synSent, .synReceived, .newSynReceived, .finWait1, .finWait2,
                .timeWait, .closeWait, .lastAck, .closing:
                break
            }
            guard socket.remotePort == destination.port, socket.remoteAddress.unmapped == goal,
                source.map({ $0.unmapped == socket.localAddress.unmapped }) ?? true
            else { continue }
            if count(socket, settings, takesOver: takesOver) { used.insert(socket.localPort) }
        }
        freePorts = max(0, allPorts - used.count)
    }

    /// Counts a connection to the destination; whether its port cannot be taken.
    private mutating func count(
        _ socket: SocketSnapshot, _ settings: PortSettings, takesOver: Bool
    ) -> Bool {
        switch socket.state {
        case .timeWait:
            let left = Duration.milliseconds(socket.timer?.milliseconds ?? 0)
            let age = TimeWait.length - left
            timeWait += 1
            if age < .seconds(10) { recentlyClosed += 1 }
            let end = left + (TimeWait.longest - TimeWait.length)
            firstEnd = min(firstEnd ?? end, end)
            return !(takesOver && age > settings.reuse.delay)
        case .established, .synSent, .synReceived, .newSynReceived: open += 1
        case .finWait1, .finWait2, .closeWait, .lastAck, .closing: closing += 1
        case .listen, .closed, .bound: return false
        }
        return true
    }
}
