// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import Threads

/// Plays scenes, each in networks of its own.
package enum ScenePlayer {
    /// The records of some scenes, in their order; as many at once as `width` says.
    package static func records(
        of scenes: [Scene], link: LinkKind? = nil, width: Int = 8
    ) async throws -> [SceneRecord] {
        let shares = min(width, max(scenes.count, 1))
        return try await withThrowingTaskGroup(of: [(Int, SceneRecord)].self) { group in
            for share in 0..<shares {
                group.addTask {
                    try await DetachedThread.run {
                        stride(from: share, to: scenes.count, by: shares)
                            .map { ($0, play(scenes[$0], link)) }
                    }
                }
            }
            var records: [(Int, SceneRecord)] = []
            for try await some in group { records += some }
            return records.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Plays a scene on this thread, which is one of its own.
    private static func play(_ scene: Scene, _ link: LinkKind?) -> SceneRecord {
        var record = SceneRecord(scene: scene)
        let start = ContinuousClock.now
        do {
            let stage = try SceneStage(link: link)
            let begin = ContinuousClock.now
            for step in scene.steps {
                defer { note(step, on: stage, since: begin, in: &record) }
                try stage.play(step)
            }
        } catch let difference as SceneDifference {
            record.outcome = .differs(difference.text)
        } catch let error as PrivateNetworkError {
            record.outcome = .notPlayed(error.description)
        } catch {
            record.outcome = .notPlayed("\(error)")
        }
        record.duration = .now - start
        return record
    }

    private static func note(
        _ step: SceneStep, on stage: SceneStage, since begin: ContinuousClock.Instant,
        in record: inout SceneRecord
    ) {
        try? stage.collect()
        let kernel: [ConnectionEnd: EndShown] = [
            .a: (try? stage.shown(.a)) ?? .gone, .b: (try? stage.shown(.b)) ?? .gone,
        ]
        record.rows.append(
            SceneRecord.Row(
                text: step.description, time: .now - begin, kernel: kernel,
                segments: stage.takeMoved()))
    }
}

extension SceneStage {
    /// Does what a step says, or looks at what it says.
    fileprivate func play(_ step: SceneStep) throws {
        switch step {
        case .setting(let end, let name, let value): try networks.set(name, to: value, at: end)
        case .listen: try listen(0, isShared: false)
        case .listenShared(let number): try listen(number, isShared: true)
        case .connect(let number, let code): try expect(try connect(number), code, "connect")
        case .connectAgain(let code):
            clients.removeValue(forKey: 0)?.close()
            try expect(try connect(0), code, "connect")
        case .accept(let number): try accept(number)
        case .open: try open()
        case .option(let end, let option): try socket(end).set(option)
        case .close(let end, let number): try socket(end, number).close()
        case .closeBlocks(let end, let time):
            let begin = ContinuousClock.now
            try socket(end).close()
            let taken = ContinuousClock.now - begin
            if taken < time { throw SceneDifference("close() took \(taken)") }
        case .shutDown(let end): try socket(end).shutDown()
        case .send(let end, let count): try socket(end).send(count)
        case .fill(let end): try fill(end)
        case .read(let end, let wanted):
            let found = try socket(end).receive()
            if found != wanted { throw SceneDifference("\(end) reads \(found)") }
        case .closeListener(let number): try listener(number).close()
        case .shutDownListener: try listener().shutDown(reading: true)
        case .handOver(let end): holder = try socket(end).handOver()
        case .share(let end): holder = try socket(end).share()
        case .handOverListener: holder = try listener().handOver()
        case .kill: holder?.kill()
        case .destroy(let end): try networks.destroy(name(end, 0), at: end)
        case .destroyListener: try destroyListener()
        case .connectToItself: try connectToItself()
        case .flow: try flow()
        case .deliver(let end, let flags):
            try networks.wire.deliver(try segment(from: end, flags))
        case .drop(let end, let flags): networks.wire.drop(try segment(from: end, flags))
        case .copy(let end, let flags): copy(try segment(from: end, flags))
        case .forge(let end, let flags, let distance): try forge(end, flags, distance)
        case .shows(let end, let state, let trait, let number):
            try show(end, state, trait, number)
        case .timer(let end, let kind):
            let found = try snapshot(end)?.timer?.kind
            if found != kind {
                throw SceneDifference("\(end)'s timer is \(found.map { "\($0)" } ?? "off")")
            }
        case .timeLeft(let end, let milliseconds):
            let found = try snapshot(end)?.timer?.milliseconds ?? 0
            if found < milliseconds { throw SceneDifference("\(end)'s timer has \(found) ms") }
        case .silence(let end, let state, let range):
            try wait(for: end, state, range) { networks.wire.drop($0) }
        case .traffic(let end, let state, let range):
            try wait(for: end, state, range) { try networks.wire.deliver($0) }
        case .bind(let end, let isReusing, let code):
            try expect(try bindResult(end, reusing: isReusing), code, "bind")
        case .quiet:
            try collect()
            if let segment = networks.wire.inFlight.first {
                throw SceneDifference("\(segment.from) sends \(segment.packet.flags)")
            }
        case .queue(let number, let count):
            // Dumps list the listeners of a port in no order of ours.
            let query = SocketQuery(states: .listening, localPort: Self.portB)
            let waiting = try networks.sockets(matching: query, at: .b).map(\.receiveQueue)
            if !waiting.contains(count) {
                throw SceneDifference("listener \(number + 1) has a queue of \(waiting)")
            }
        }
    }

    private func expect(_ found: Errno?, _ wanted: Errno?, _ call: String) throws {
        if found != wanted {
            throw SceneDifference("\(call): \(found.map { "\($0)" } ?? "ok")")
        }
    }

    private func open() throws {
        try listen(0, isShared: false)
        try expect(try connect(0), nil, "connect")
        try flow()
        try accept(0)
        try listener().close()
    }

    private func fill(_ end: ConnectionEnd) throws {
        let filled = try socket(end)
        while true {
            do throws(PrivateNetworkError) {
                try filled.send(65_536)
            } catch {
                if error.code == .wouldBlock { return }
                throw error
            }
            try flow()
        }
    }

    private func destroyListener() throws {
        let name = ConnectionName(
            local: Destination(address: .v4(ConnectionEnd.b.address), port: Self.portB),
            remote: Destination(address: .v4(0), port: 0))
        guard try networks.destroy(name, at: .b) else {
            throw SceneDifference("no listener was found")
        }
    }

    private func connectToItself() throws {
        let socket = try networks.makeSocket(at: .a)
        try socket.bind(ConnectionEnd.a.address, port: Self.firstPortA)
        try socket.connect(to: ConnectionEnd.a.address, port: Self.firstPortA)
        let itself = Destination(address: .v4(ConnectionEnd.a.address), port: Self.firstPortA)
        let name = ConnectionName(local: itself, remote: itself)
        let state = try networks.snapshot(of: name, at: .a)?.state
        guard state == .established else {
            throw SceneDifference("the socket is \(state.map { "\($0)" } ?? "gone")")
        }
        clients[0] = socket
    }

    private func forge(_ end: ConnectionEnd, _ flags: TCPFlags, _ distance: Int32) throws {
        guard var packet = last[end] else { throw SceneDifference("\(end) has sent nothing") }
        packet.sequence =
            packet.sequence &+ packet.sequenceLength &+ UInt32(bitPattern: distance)
        packet.flags = flags
        packet.payload = []
        try networks.wire.inject(packet.encoded, to: end.other)
    }

    private func show(
        _ end: ConnectionEnd, _ state: TCPState, _ trait: SceneStep.Trait?, _ number: Int
    ) throws {
        let deadline = ContinuousClock.now + .milliseconds(500)
        var found = try shown(end, number)
        while !found.fits(state, trait), ContinuousClock.now < deadline {
            try collect(within: .milliseconds(2))
            found = try shown(end, number)
        }
        if !found.fits(state, trait) { throw SceneDifference("\(end) is \(found)") }
    }

    private func wait(
        for end: ConnectionEnd, _ state: TCPState, _ range: ClosedRange<Double>,
        _ handle: (WireSegment) throws -> Void
    ) throws {
        let begin = ContinuousClock.now
        var seconds = 0.0
        while true {
            try collect(within: .milliseconds(10))
            for segment in networks.wire.inFlight { try handle(segment) }
            seconds = (ContinuousClock.now - begin) / .seconds(1)
            if try shown(end).state == state || seconds > range.upperBound { break }
        }
        if !range.contains(seconds) {
            throw SceneDifference("\(end) is \(try shown(end)) after \(seconds) s")
        }
    }
}

extension EndShown {
    fileprivate func fits(_ wanted: TCPState, _ trait: SceneStep.Trait?) -> Bool {
        guard state == wanted else { return false }
        switch trait {
        case nil: return true
        case .owned: return hasDescriptor
        case .orphan: return !hasDescriptor && !isMiniSocket
        case .record: return isMiniSocket
        }
    }
}
