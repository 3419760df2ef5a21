// SPDX-License-Identifier: Apache-2.0

import HostSets
import RcmdProtocol
import RunModel
import ShellContract
import SystemPackage
import TCPClosing
import TCPSockets

/// One host's session: name, port, connection, conversation, closing, in that order.
struct RshSession {
    let shell: RshShell
    let request: SessionRequest
    let stop: SessionStop
    let sink: any SessionSink
    let wakeups: Wakeups
    let withdrawal: PortRequest

    /// What came of one try to reach one address.
    private enum Attempt {
        case over(SessionEnd)
        /// Nothing ran; the next address may do better.
        case notConnected(HostFailure)
        /// Nothing ran; the same address again, because its stderr connection could not be told
        /// from another's.
        case restart(isSlow: Bool)
    }

    func run() async -> SessionEnd {
        let addresses: [InternetAddress]
        do {
            addresses = try await shell.resolver.addresses(of: request.host.name.text)
        } catch {
            return SessionEnd(.notReached(HostFailure(.nameResolution, error.message)))
        }
        var failure = HostFailure(.nameResolution, "\(request.host.name): no address")
        var isSlow = false
        var index = 0
        while index < addresses.count {
            if stop.level > .none { return SessionEnd(.notReached(RshFailure.stopped)) }
            switch await attempt(addresses[index], isSlow: isSlow) {
            case .over(let end): return end
            case .notConnected(let reason):
                failure = reason
                index += 1
            case .restart(let keptOthersWaiting): isSlow = keptOthersWaiting
            }
        }
        return SessionEnd(.notReached(failure))
    }

    private func attempt(_ address: InternetAddress, isSlow: Bool) async -> Attempt {
        let port = request.host.port.map(UInt16.init(clamping:)) ?? shell.options.port
        let destination = Destination(address: address, port: port)
        let socket: SharedTCPSocket
        let lease: FourTuple
        let isOpen: Bool
        var hasWaited = false
        do {
            let connecting = try await shell.ports.connect(to: destination, withdrawal: withdrawal)
            {
                reason in
                hasWaited = true
                sink.emit(.waiting(reason: RshFailure.text(of: reason, towards: destination)))
            }
            lease = connecting.lease
            isOpen = connecting.isOpen
            socket = SharedTCPSocket(connecting.takeSocket())
            if hasWaited { sink.emit(.proceeding) }
        } catch {
            return .notConnected(RshFailure.connecting(to: destination, error))
        }
        let (attempt, record) = await converse(
            over: socket, isOpen: isOpen, with: destination, lease: lease, isSlow: isSlow)
        shell.ports.giveBack(lease, after: record)
        return attempt
    }

    /// Waits for the connection and runs the conversation.
    ///
    /// The socket is closed at the return.
    private func converse(
        over socket: consuming SharedTCPSocket, isOpen: Bool, with destination: Destination,
        lease: FourTuple, isSlow: Bool
    ) async -> (Attempt, ClosingRecord?) {
        let watch: WatchToken
        do throws(Errno) {
            watch = try shell.loop.watch(socket.socket, for: wakeups, slot: 0)
        } catch {
            return (.notConnected(RshFailure.connecting(to: destination, error)), nil)
        }
        defer { shell.loop.forget(watch) }
        if !isOpen {
            do throws(Errno) {
                try await opened(socket)
            } catch {
                return (.notConnected(RshFailure.connecting(to: destination, error)), nil)
            }
        }
        let conversation = RshConversation(
            session: self, primary: socket, destination: destination)
        let ending = await conversation.run(isSlow: isSlow)
        let record = conversation.closeAll()
        switch ending {
        case .restart(let isSlow): return (.restart(isSlow: isSlow), record)
        case .failed(let failure): return (.over(SessionEnd(.notReached(failure))), record)
        case .ended(let end):
            let outcome = RshFailure.outcome(
                of: end, from: destination, commandLength: conversation.commandLength)
            return (.over(SessionEnd(outcome, closing: note(record, lease))), record)
        }
    }

    /// Waits until the connection is open; throws why it is not, `canceled` when asked to stop.
    private func opened(_ socket: SharedTCPSocket) async throws(Errno) {
        while true {
            let wakeup = await wakeups.next()
            if stop.level > .none { throw .canceled }
            guard wakeup.contains(.writable(0)) else { continue }
            return wakeup.contains(.gone(0)) ? try socket.socket.connectResult() : ()
        }
    }

    private func note(_ record: ClosingRecord, _ lease: FourTuple) -> ClosingNote {
        ClosingNote(
            closedFirst: record.closedFirst.rawValue, leftHere: record.leftHere.rawValue,
            localPort: Int(lease.localPort))
    }
}
