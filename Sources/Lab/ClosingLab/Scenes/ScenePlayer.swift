// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import Threads

/// Plays scenes, each in networks of its own.
package enum ScenePlayer {
    /// The records of some scenes, in their order; as many at once as `width` says, slow ones besides.
    package static func records(
        of scenes: [Scene], plan: NetworkPlan = NetworkPlan(), width: Int = 8
    ) async throws -> [SceneRecord] {
        // The long ones first, and besides: they only wait.
        let places =
            scenes.indices.filter { scenes[$0].isSlow }
            + scenes.indices.filter { !scenes[$0].isSlow }
        let atOnce = min(scenes.count, width + scenes.count(where: \.isSlow))
        return try await withThrowingTaskGroup(of: (Int, SceneRecord).self) { group in
            func begin(_ place: Int) {
                let scene = scenes[place]
                group.addTask {
                    (place, try await DetachedThread.run { play(scene, plan) })
                }
            }
            for place in places.prefix(atOnce) { begin(place) }
            var rest = places.dropFirst(atOnce)
            var records: [Int: SceneRecord] = [:]
            while let (place, record) = try await group.next() {
                records[place] = record
                if let next = rest.popFirst() { begin(next) }
            }
            return scenes.indices.compactMap { records[$0] }
        }
    }

    /// Plays a scene on this thread, which is one of its own, until it shows what it should.
    private static func play(_ scene: Scene, _ plan: NetworkPlan) -> SceneRecord {
        var record = playOnce(scene, plan)
        var attempts = 1
        while attempts < scene.attempts, record.outcome != .asExpected {
            record = playOnce(scene, plan)
            attempts += 1
        }
        return record
    }

    private static func playOnce(_ scene: Scene, _ plan: NetworkPlan) -> SceneRecord {
        var record = SceneRecord(scene: scene)
        let start = ContinuousClock.now
        do {
            let stage = try SceneStage(plan)
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
            try socket(end).closeAndWait()
            let taken = ContinuousClock.now - begin
            if taken < time { throw SceneDifference("close() took \(taken)") }
        case .closeElsewhere(let end): blockingClose = try socket(end).closeElsewhere()
        case .shutDown(let end): try socket(end).shutDown()
        case .send(let end, let count): try socket(end).send(count)
        case .fill(let end): try fill(end)
        case .read(let end, let wanted):
            let found = try socket(end).receive()
            if found != wanted { throw SceneDifference("\(end) reads \(found)") }
        case .peerName(let end, let code): try expect(try socket(end).peerFault(), code, "peer")
        case .closeListener(let number): try listener(number).close()
        case .shutDownListener: try listener().shutDown(reading: true)
        case .listenAgain: try listener().listen()
        case .handOver(let end): holder = try socket(end).handOver()
        case .share(let end): holder = try socket(end).share()
        case .handOverListener: holder = try listener().handOver()
        case .kill: holder?.kill()
        case .destroy(let end): try networks.destroy(name(end, 0), at: end)
        case .destroyListener: try destroyListener()
        case .connectToItself: try connectToItself()
        case .showsItself(let state): try showItself(state)
        case .serve(let isSharing): try serve(sharing: isSharing)
        case .call(let count, let progress): try call(count, progress)
        case .stopServing(let way): try stopServing(way)
        case .fates(let fates): try expect(fates)
        case .flow: try flow()
        case .deliver(let end, let flags):
            try networks.wire.deliver(try segment(from: end, flags))
        case .deliverAndClose(let end, let flags):
            try networks.wire.deliver(try segment(from: end, flags))
            // A busy kernel takes it in a little later.
            let deadline = ContinuousClock.now + .milliseconds(200)
            while try shown(end.other).state == .established, ContinuousClock.now < deadline {}
            try socket(end.other).close()
        case .deliverData(let end):
            guard
                let data = networks.wire.inFlight(from: end)
                    .first(where: {
                        !$0.packet.payload.isEmpty
                    })
            else { throw SceneDifference("no data of \(end) is in flight") }
            try networks.wire.deliver(data)
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
        case .timeLeft(let end, let least, let most):
            let found = try snapshot(end)?.timer?.milliseconds ?? 0
            if found < least || found > most {
                throw SceneDifference("\(end)'s timer has \(found) ms")
            }
        case .timerRuns(let end, let milliseconds): try runTimer(end, below: milliseconds)
        case .counted(let end, let name, let count):
            let found = try networks.counter(name, at: end)
            if found != count {
                throw SceneDifference("\(name) is \(found.map { "\($0)" } ?? "not counted")")
            }
        case .onlyInFlight(let end, let flags):
            _ = try segment(from: end, flags)
            if let other = networks.wire.inFlight.first(where: { $0.packet.flags != flags }) {
                throw SceneDifference("\(other.from) has sent \(other.packet.flags)")
            }
        case .stillCloses:
            if blockingClose?.hasReturned != false { throw SceneDifference("close() has returned") }
        case .hasClosed: try awaitClose()
        case .acceptFails(let code):
            try expect(acceptResult(of: try listener()), code, "accept")
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
            let query = SocketQuery(
                family: networks.family == .ipv4 ? .ipv4 : .ipv6, states: .listening,
                localPort: Self.portB)
            let waiting = try networks.sockets(matching: query, at: .b).map(\.receiveQueue)
            if !waiting.contains(count) {
                throw SceneDifference("listener \(number + 1) has a queue of \(waiting)")
            }
        }
    }

    private func acceptResult(of listener: LabSocket) -> Errno? {
        do throws(PrivateNetworkError) {
            _ = try listener.accept()
            return nil
        } catch {
            return error.code
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
            local: Destination(address: networks.address(of: .b), port: Self.portB),
            remote: Destination(address: networks.family.wildcard, port: 0))
        guard try networks.destroy(name, at: .b) else {
            throw SceneDifference("no listener was found")
        }
    }

    private func connectToItself() throws {
        let socket = try networks.makeSocket(at: .a)
        try socket.bind(networks.address(of: .a), port: Self.firstPortA)
        try socket.connect(to: networks.address(of: .a), port: Self.firstPortA)
        clients[0] = socket
    }

    private func showItself(_ wanted: TCPState) throws {
        let itself = Destination(address: networks.address(of: .a), port: Self.firstPortA)
        let name = ConnectionName(local: itself, remote: itself)
        let found = EndShown(try networks.snapshot(of: name, at: .a))
        if found.state != wanted { throw SceneDifference("the socket is \(found)") }
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
