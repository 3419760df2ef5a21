// SPDX-License-Identifier: Apache-2.0

import SSHSessionModel
import Testing

@Suite struct `The pace of connections` {
    @Test func `holds nobody back until a server drops one`() {
        var pacing = SSHPacing()
        for session in 1...100 {
            #expect(pacing.wanted(by: session).map(\.session) == [session])
        }
        #expect(pacing.limit == nil)
        #expect(pacing.underWay == 100)
    }

    @Test func `is halved once for all that were under way together`() {
        var pacing = SSHPacing()
        let leaves = (1...16).flatMap { pacing.wanted(by: $0) }
        for leave in leaves.prefix(4) { _ = pacing.ended(leave, .dropped) }
        #expect(pacing.limit == 8)
        #expect(pacing.drops == 4)
        for leave in leaves.dropFirst(4) { _ = pacing.ended(leave, .passed) }
        #expect(pacing.underWay == 0)
    }

    @Test func `grows again by one a round, and never falls below one`() {
        var pacing = SSHPacing()
        let first = pacing.wanted(by: 1)
        _ = pacing.ended(first[0], .dropped)
        #expect(pacing.limit == 1)
        for round in 1...5 {
            for session in 0..<round {
                let leave = pacing.wanted(by: session)
                _ = pacing.ended(leave[0], .passed)
            }
            #expect(pacing.limit == round + 1)
        }
    }

    /// Three sessions that want, withdraw, pass and are dropped, in every order up to a depth.
    @Test func `in every order keeps to its limit, serves in order, and forgets nobody`() {
        struct World: Hashable {
            var pacing = SSHPacing()
            var leaves: [SSHPacing.Leave] = []
            var idle: Set<Int> = [1, 2, 3]
        }
        var seen: Set<World> = []
        // Breadth first: each world is met by the shortest way to it.
        var queue = [(World(), 0)]
        var place = 0
        while place < queue.count {
            let (world, depth) = queue[place]
            place += 1
            guard depth < 10, seen.insert(world).inserted else { continue }
            var next: [World] = []
            for session in world.idle {
                var changed = world
                changed.idle.remove(session)
                changed.leaves += changed.pacing.wanted(by: session)
                next.append(changed)
            }
            for session in world.pacing.waiting {
                var changed = world
                changed.idle.insert(session)
                changed.leaves += changed.pacing.withdrawn(by: session)
                next.append(changed)
            }
            for (index, leave) in world.leaves.enumerated() {
                for ending: SSHPacing.Ending in [.passed, .dropped, .other] {
                    var changed = world
                    changed.leaves.remove(at: index)
                    changed.idle.insert(leave.session)
                    let more = changed.pacing.ended(leave, ending)
                    // Who has waited longest goes first.
                    #expect(more.map(\.session) == Array(world.pacing.waiting.prefix(more.count)))
                    changed.leaves += more
                    next.append(changed)
                }
            }
            for changed in next {
                let known = changed.leaves.map(\.session) + changed.pacing.waiting + changed.idle
                let limit = changed.pacing.limit
                // Nobody waits while there is room.
                let isFull = limit.map { changed.pacing.underWay >= $0 } ?? false
                let holds =
                    changed.leaves.count == changed.pacing.underWay && known.sorted() == [1, 2, 3]
                    && limit.map { $0 >= 1 } ?? true
                    && (changed.pacing.waiting.isEmpty || isFull)
                #expect(holds, "\(changed)")
                queue.append((changed, depth + 1))
            }
        }
        #expect(seen.count > 150)
    }

    @Test func `is resumed after pauses that grow, and are not all the same`() {
        var random = SystemRandomNumberGenerator()
        for drops in 1...20 {
            let pauses = (0..<20).map { _ in SSHBackoff.pause(after: drops, using: &random) }
            let longest = Duration.milliseconds(min(100 << min(drops - 1, 5), 3000))
            #expect(pauses.allSatisfy { $0 <= longest && $0 >= longest / 2 })
            #expect(Set(pauses).count > 1)
        }
    }
}
