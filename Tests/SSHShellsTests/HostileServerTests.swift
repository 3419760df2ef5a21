// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSets
import RunModel
import SSHSessionModel
import SSHShells
import SeededRandom
import SessionRecording
import ShellContract
import Synchronization
import TCPSockets
import Testing

@Suite(.timeLimit(.minutes(5)), .serialized) struct `A hostile ssh server` {
    private static let loop: EventLoop? = try? EventLoop()

    /// Runs a command on each address, so many at once, and gives every outcome.
    private func outcomes(
        of server: HostileServer, count: Int, atOnce: Int = 64,
        limit: Duration = .milliseconds(300)
    ) async throws -> [(outcome: HostOutcome, sink: RecordingSink)] {
        let loop = try #require(Self.loop)
        let port = server.port
        var options = SSHShell.Options { request in
            SSHHostSettings(hostName: request.host.name.text, port: port, user: "nobody")
        }
        options.limits = SSHPhaseLimits(
            connecting: .seconds(20), handshake: limit, authentication: limit,
            closing: .milliseconds(200))
        options.mostDrops = 1
        let shell = SSHShell(
            options: options, judge: HostKeyJudge(reading: { _ in nil }),
            identities: SSHIdentities(), answers: SSHAnswers(asking: nil),
            resolver: NameResolver(), loop: loop)
        return await withTaskExecutorPreference(loop) {
            await withTaskGroup(of: (HostOutcome, RecordingSink)?.self) { group in
                var ended: [(outcome: HostOutcome, sink: RecordingSink)] = []
                for number in 0..<count {
                    if number >= atOnce, let one = await group.next() ?? nil { ended.append(one) }
                    group.addTask {
                        let address =
                            "127.\(1 + (number >> 16)).\(number >> 8 & 255).\(number & 255)"
                        guard let name = try? HostName(address) else { return nil }
                        let sink = RecordingSink()
                        let end = await shell.run(
                            SessionRequest(
                                index: number, host: Host(name: name), command: ["true"]),
                            stop: SessionStop(), sink: sink)
                        return (end.outcome, sink)
                    }
                }
                for await one in group { if let one { ended.append(one) } }
                return ended
            }
        }
    }

    private func expectNotReached(
        _ ended: [(outcome: HostOutcome, sink: RecordingSink)], count: Int
    ) {
        #expect(ended.count == count)
        for (outcome, sink) in ended {
            guard case .notReached(let failure) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(!failure.message.isEmpty)
            #expect(!sink.events.contains(.running))
        }
    }

    @Test func `that closes after any number of its bytes is an outcome`() async throws {
        let all = ServerWords.all
        let server = try HostileServer { number in
            HostileServer.Script(bytes: Array(all.prefix(Int(number))))
        }
        expectNotReached(try await outcomes(of: server, count: all.count), count: all.count)
    }

    @Test func `that resets after any number of its bytes is an outcome`() async throws {
        let all = ServerWords.all
        let server = try HostileServer { number in
            HostileServer.Script(bytes: Array(all.prefix(Int(number))), ending: .reset)
        }
        expectNotReached(try await outcomes(of: server, count: all.count), count: all.count)
    }

    @Test func `that falls silent after any of its words runs into the phase's limit`() async throws
    {
        let words = [
            [], ServerWords.identification,
            ServerWords.identification + ServerWords.keyExchangeInit,
        ]
        let server = try HostileServer { number in
            HostileServer.Script(bytes: words[Int(number) % 3], ending: .stall)
        }
        let ended = try await outcomes(of: server, count: 6)
        expectNotReached(ended, count: 6)
        let phases = ["waiting for the server's identification", "exchanging keys"]
        for (outcome, _) in ended {
            guard case .notReached(let failure) = outcome else { continue }
            #expect(failure.kind == .noAnswer)
            #expect(
                phases.contains { failure.message.hasSuffix(" for 300 ms while \($0)") },
                "\(failure.message)")
        }
    }

    @Test func `that answers once our loop is behind no more is heard`() async throws {
        let loop = try #require(Self.loop)
        let limit = Duration.milliseconds(500)
        let words =
            ServerWords.identification + ServerWords.keyExchangeInit + ServerWords.disconnect
        let hasCome = Wakeups()
        let wasBusy = Atomic(false)
        let server = try HostileServer { _ in
            HostileServer.Script(
                bytes: words,
                whenSpokenTo: {
                    hasCome.post(.call)
                    while !wasBusy.load(ordering: .acquiring) { sched_yield() }
                })
        }
        async let busy: Void = withTaskExecutorPreference(loop) {
            _ = await hasCome.next()
            let end = ContinuousClock.now + limit * 2
            while ContinuousClock.now < end {}
            // Timers that have come due are heard before the server answers.
            for _ in 0..<5 { await Task.yield() }
            wasBusy.store(true, ordering: .releasing)
        }
        for (outcome, _) in try await outcomes(of: server, count: 1, limit: limit) {
            guard case .notReached(let failure) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(failure.message.contains("go away"), "\(failure.message)")
        }
        await busy
    }

    @Test(arguments: [
        "line\r\n", "line\n", "", String(repeating: "x", count: 100_000),
    ])
    func `that never ends its banner is given up`(line: String) async throws {
        let server = try HostileServer { _ in
            HostileServer.Script(flood: Array((line.isEmpty ? "\0" : line).utf8))
        }
        expectNotReached(try await outcomes(of: server, count: 8), count: 8)
    }

    @Test func `that floods after its banner is given up`() async throws {
        let server = try HostileServer { number in
            HostileServer.Script(
                bytes: ServerWords.identification,
                flood: number & 1 == 0
                    // SSH_MSG_IGNORE (RFC 4253 section 11.2)
                    ? ServerWords.packet(
                        [2] + ServerWords.string([UInt8](repeating: 0, count: 900)))
                    : [UInt8](repeating: 0xff, count: 65_536))
        }
        expectNotReached(try await outcomes(of: server, count: 8), count: 8)
    }

    @Test func `that announces a huge packet is refused`() async throws {
        let server = try HostileServer { number in
            HostileServer.Script(
                bytes: ServerWords.identification
                    + ServerWords.number(
                        [0, 1, 0x7fff_ffff, 0xffff_ffff, 300_000][Int(number) % 5])
                    + [4],
                ending: .stall)
        }
        expectNotReached(try await outcomes(of: server, count: 10), count: 10)
    }

    @Test func `that says goodbye is quoted`() async throws {
        let server = try HostileServer { _ in
            HostileServer.Script(
                bytes: ServerWords.identification + ServerWords.keyExchangeInit
                    + ServerWords.disconnect)
        }
        let ended = try await outcomes(of: server, count: 2)
        for (outcome, _) in ended {
            guard case .notReached(let failure) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(failure.message.contains("go away"))
        }
    }

    @Test(arguments: [1, 2, 3, 4])
    func `that bends its words in any way is an outcome`(seed: UInt64) async throws {
        let count = 1000
        let server = try HostileServer { number in
            var random = Seeded(seed: seed << 32 | UInt64(number))
            return Self.bent(ServerWords.all, using: &random)
        }
        expectNotReached(
            try await outcomes(of: server, count: count, limit: .milliseconds(100)), count: count)
    }

    private static func bent(
        _ words: [UInt8], using random: inout Seeded
    ) -> HostileServer.Script {
        var bytes = words
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 9))
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
            case _:
                bytes.insert(
                    contentsOf: (0..<20)
                        .map { _ in UInt8.random(in: .min ... .max, using: &random) },
                    at: place)
            }
            if bytes.isEmpty { bytes = [0] }
        }
        let ending = Int.random(in: 0..<20, using: &random)
        return HostileServer.Script(
            bytes: bytes, ending: ending == 0 ? .stall : ending < 4 ? .reset : .close)
    }
}
