// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

/// A listener's kernel, in which anything may happen between two steps of the driver.
private struct ListenerWorld: Hashable {
    var drain: ListenerDrain
    var actions: [ListenerDrain.Action] = []
    /// What the kernel can do to keep new connections away.
    var means: ListenerDrainRecord.StopMeans?
    var canCount = true
    /// Whether unaccepted connections are not told from those of others, and so not counted.
    var countsHandshakesOnly = false
    var isStopped = false
    var handshakes = 0
    var queued = 0
    var accepted = 0
    /// Clients still to come.
    var callers: Int
    /// How many connections the close has reset, once it has happened.
    var lost: Int?

    private var countable: Int { countsHandshakesOnly ? handshakes : handshakes + queued }

    /// Every world that one step of kernel or driver leads to.
    var next: [ListenerWorld] { lost == nil ? kernelSteps + driverSteps : [] }

    private func after(_ change: (inout ListenerWorld) -> Void) -> ListenerWorld {
        var world = self
        change(&world)
        return world
    }

    private var kernelSteps: [ListenerWorld] {
        var worlds: [ListenerWorld] = []
        if handshakes > 0 {
            worlds.append(
                after {
                    $0.handshakes -= 1
                    $0.queued += 1
                })
            worlds.append(after { $0.handshakes -= 1 })
        }
        if callers > 0, !isStopped {
            worlds.append(
                after {
                    $0.callers -= 1
                    $0.handshakes += 1
                })
        }
        return worlds
    }

    private var driverSteps: [ListenerWorld] {
        guard let action = actions.first else { return [] }
        let world = after { $0.actions.removeFirst() }
        switch action {
        case .steer, .stopDeferring: return [world]
        case .stopNewConnections:
            return [
                world.after {
                    $0.isStopped = means != nil
                    $0.actions += $0.drain.stopped(by: means)
                }
            ]
        case .acceptAll:
            return [
                world.after {
                    $0.accepted += $0.queued
                    $0.actions += $0.drain.accepted($0.queued)
                    $0.queued = 0
                }
            ]
        case .countPending:
            return [
                world.after {
                    $0.actions += $0.drain.counted(canCount ? countable : nil)
                }
            ]
        case .wait:
            return [
                world.after { $0.actions += $0.drain.momentPassed() },
                world.after { $0.actions += $0.drain.deadlinePassed() },
            ]
        case .close:
            return [
                world.after {
                    let isMigrated = drain.circumstances.migrates && drain.circumstances.sharesPort
                    $0.lost = isMigrated ? 0 : handshakes + queued
                }
            ]
        }
    }

    /// Every world that can be reached.
    static func all(from start: ListenerWorld) -> Set<ListenerWorld> {
        var start = start
        start.actions = start.drain.begun()
        var seen: Set = [start]
        var rest = [start]
        while let world = rest.popLast() {
            for next in world.next where seen.insert(next).inserted { rest.append(next) }
        }
        return seen
    }
}

@Suite struct `Draining a listener` {
    private static let alone = ListenerDrain.Circumstances(sharesPort: false, migrates: false)

    private static func worlds(
        _ circumstances: ListenerDrain.Circumstances = alone,
        means: ListenerDrainRecord.StopMeans?, canCount: Bool = true
    ) -> Set<ListenerWorld> {
        ListenerWorld.all(
            from: ListenerWorld(
                drain: ListenerDrain(circumstances), means: means, canCount: canCount,
                countsHandshakesOnly: circumstances.sharesPort, callers: 3))
    }

    @Test(
        arguments: [ListenerDrainRecord.StopMeans.filter, .minimumTTL], [false, true]
    )
    func `loses nobody whom the record does not count, whatever happens between two steps`(
        means: ListenerDrainRecord.StopMeans, sharesPort: Bool
    ) throws {
        let circumstances = ListenerDrain.Circumstances(sharesPort: sharesPort, migrates: false)
        let worlds = Self.worlds(circumstances, means: means)
        #expect(worlds.count > 200)
        let closed = worlds.filter { $0.lost != nil }
        #expect(closed.contains { $0.lost == 2 })
        for world in closed {
            let record = try #require(world.drain.record)
            #expect(record.way == .drained(means))
            #expect(try #require(world.lost) <= (try #require(record.cut)))
            #expect(record.acceptedWhileDraining == world.accepted)
            if record.isLossless { #expect(world.lost == 0) }
        }
    }

    @Test func `closes once, from wherever it is`() {
        for world in Self.worlds(means: .filter) where world.lost == nil {
            // Nothing is forgotten: there is a step to take, and the last one is the close.
            #expect(!world.actions.isEmpty)
            #expect(world.actions.dropLast().allSatisfy { $0 != .close })
            #expect((world.drain.record != nil) == (world.actions == [.close]))
        }
    }

    @Test func `does not claim what it cannot know`() throws {
        let open = Self.worlds(means: nil).filter { $0.lost != nil }
        // Somebody came between the last look and the close.
        #expect(open.contains { $0.drain.record?.cut == 0 && ($0.lost ?? 0) > 0 })
        #expect(open.allSatisfy { $0.drain.record?.notPrevented.contains(.newConnections) == true })
        let blind = Self.worlds(means: .filter, canCount: false).filter { $0.lost != nil }
        #expect(blind.contains { $0.lost == 1 })
        for world in blind {
            #expect(world.drain.record?.notPrevented == [.unknownHandshakes])
            #expect(world.drain.record?.isLossless == false)
        }
    }

    @Test func `leaves everything to the kernel where it hands connections on`() {
        var drain = ListenerDrain(.init(sharesPort: true, migrates: true, successorPosition: 1))
        #expect(drain.begun() == [.close])
        #expect(drain.record?.way == .migrated)
        #expect(drain.record?.isLossless == true)
        // With nobody to hand them to, the setting is worth nothing.
        var alone = ListenerDrain(.init(sharesPort: false, migrates: true))
        #expect(alone.begun() == [.stopDeferring, .stopNewConnections])
    }

    @Test func `steers new connections only where another socket shares the port`() {
        var shared = ListenerDrain(.init(sharesPort: true, migrates: false, successorPosition: 1))
        #expect(shared.begun() == [.steer(position: 1), .stopDeferring, .stopNewConnections])
        var alone = ListenerDrain(.init(sharesPort: false, migrates: false, successorPosition: 1))
        #expect(alone.begun() == [.stopDeferring, .stopNewConnections])
    }

    @Test func `pays no heed to events that come at the wrong time`() {
        for world in Self.worlds(means: .filter) {
            var drain = world.drain
            switch drain.state {
            case .listening: break
            case .stopping:
                #expect(drain.accepted(1) + drain.counted(0) + drain.momentPassed() == [])
            case .accepting:
                #expect(drain.begun() + drain.stopped(by: nil) + drain.counted(0) == [])
            case .counting:
                #expect(drain.begun() + drain.stopped(by: nil) + drain.accepted(1) == [])
            case .emptying:
                #expect(drain.begun() + drain.counted(0) + drain.momentPassed() == [])
            case .settling: #expect(drain.begun() + drain.accepted(1) + drain.counted(0) == [])
            case .closed:
                #expect(drain.begun() + drain.accepted(1) + drain.counted(0) == [])
                #expect(drain.momentPassed() + drain.deadlinePassed() == [])
            }
            #expect(drain == world.drain)
        }
    }
}
