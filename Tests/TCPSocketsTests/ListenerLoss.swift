// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SystemPackage
import TCPClosing
import TCPSockets

/// Clients that keep calling a server while it closes, and what became of them.
struct ListenerLoss {
    /// A way to close a listener that is called all the time.
    enum Way: String, CaseIterable {
        case plain = "close() at once"
        case acceptFirst = "accept until nothing waits, then close()"
        case filter = "drain, SYN filter"
        case minimumTTL = "drain, minimum TTL"
        case shared = "drain, successor shares the port"
        case steered = "drain, new connections steered to the successor"
    }

    /// Clients that got an answer.
    private(set) var served = 0
    /// Clients that were connected, and then reset: what a drain is to prevent.
    private(set) var lost = 0
    /// Clients that were told at once or later that nobody listens; none was connected.
    private(set) var refused = 0
    /// What the drains of the servers tell.
    private(set) var records: [ListenerDrainRecord] = []
    /// What the drains of their successors tell.
    private(set) var successorRecords: [ListenerDrainRecord] = []

    /// How often each way is tried; `Benchmarks/listener.sh` asks for more.
    static let rounds =
        ProcessInfo.processInfo.environment["LASTCALL_LISTENER_ROUNDS"].flatMap { Int($0) } ?? 1

    /// Whether a table is wanted.
    static let isMeasured = ProcessInfo.processInfo.environment["LASTCALL_LISTENER_ROUNDS"] != nil

    /// A row of a table in Markdown.
    func row(_ way: Way) -> String {
        let accepted = records.reduce(0) { $0 + $1.acceptedWhileDraining }
        let dropped = records.reduce(0) { $0 + $1.droppedSegments }
        return "| \(way.rawValue) | \(served) | \(lost) | \(refused) "
            + (records.isEmpty ? "| – | – |" : "| \(accepted) | \(dropped) |")
    }

    private enum Fate {
        case served
        case lost
        case refused
    }

    mutating func add(_ other: ListenerLoss) {
        served += other.served
        lost += other.lost
        refused += other.refused
        records += other.records
        successorRecords += other.successorRecords
    }

    /// One server that answers 500 calls, then closes while 32 clients go on calling.
    ///
    /// It closes when at least 16 of them wait to be accepted.
    static func measure(_ way: Way) async throws -> ListenerLoss {
        let clients = try EventLoop()
        defer { clients.stop() }
        return try await withThrowingTaskGroup(of: [Fate].self) { group in
            let listener = try TCPSocket(towards: .v4(0))
            if way == .shared || way == .steered { try listener.setReusePort() }
            try listener.bind(loopback(1), port: 0)
            try listener.listen(backlog: 4096)
            if way == .minimumTTL {
                var on: Int32 = 1
                setsockopt(listener.descriptor, SOL_SOCKET, SO_LOCK_FILTER, &on, 4)
            }
            let address = Destination(address: loopback(1), port: try listener.localPort())
            for _ in 0..<32 {
                group.addTask(executorPreference: clients) {
                    try await call(address, on: clients)
                }
            }
            var loss = ListenerLoss()
            var answered = 0
            while answered < 500 {
                if let accepted = try listener.accept() {
                    answer(accepted)
                    answered += 1
                } else {
                    await Task.yield()
                }
            }
            // A server that has something else to do for a moment: half of the clients wait.
            while listener.queueLength() < 16 { await Task.yield() }
            switch way {
            case .plain: _ = consume listener
            case .acceptFirst:
                while let accepted = try listener.accept() { answer(accepted) }
                _ = consume listener
            case .filter, .minimumTTL:
                loss.records.append(await DrainingListener(listener).drain { answer($0) })
            case .shared, .steered:
                let successor = try TCPSocket(towards: .v4(0))
                try successor.setReusePort()
                try successor.bind(loopback(1), port: address.port)
                try successor.listen(backlog: 4096)
                let position = way == .steered ? 1 : nil
                loss.records.append(
                    await DrainingListener(listener)
                        .drain(successorPosition: position) {
                            answer($0)
                        })
                // The clients end when the last of them has been refused.
                for _ in 0..<500 {
                    if let accepted = try successor.accept() { answer(accepted) }
                }
                loss.successorRecords.append(await DrainingListener(successor).drain { answer($0) })
            }
            for try await fates in group {
                for fate in fates {
                    switch fate {
                    case .served: loss.served += 1
                    case .lost: loss.lost += 1
                    case .refused: loss.refused += 1
                    }
                }
            }
            return loss
        }
    }

    private static func answer(_ accepted: consuming Accepted) {
        _ = try? accepted.takeSocket().send([7], from: 0)
    }

    /// Calls until nobody listens any more, or a call is lost.
    private static func call(_ address: Destination, on loop: EventLoop) async throws -> [Fate] {
        var fates: [Fate] = []
        while true {
            let socket = try TCPSocket(towards: address.address)
            try socket.setLingerReset(true)
            _ = try socket.connect(to: address)
            let client = try Endpoint(SharedTCPSocket(socket), on: loop)
            do throws(Errno) {
                guard try await client.outcome() == [7] else { return fates + [.lost] }
                fates.append(.served)
            } catch {
                // RFC 9293 section 3.10.7.3: a RST that answers a SYN refuses, any other one resets.
                return fates + [error == .connectionRefused ? .refused : .lost]
            }
        }
    }
}

extension TCPSocket {
    /// How many connections wait to be accepted.
    fileprivate borrowing func queueLength() -> Int {
        var information = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &length)
        // Of a listener this field is the number of those that wait.
        return Int(information.tcpi_unacked)
    }
}
