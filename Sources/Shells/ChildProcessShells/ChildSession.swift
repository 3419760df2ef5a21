// SPDX-License-Identifier: Apache-2.0

import Pipes
import RunModel
import ShellContract
import Subprocess
import SystemPackage

/// One child process from its start until it has ended and both of its streams are read to the end.
///
/// Theory of operation: the child leads a process group of its own and writes into pipes of ours.
/// `Subprocess.run` starts it, and reaps it only when its body returns; the body returns when the
/// child has ended (seen on its process descriptor) *and* both streams are at their end. So the
/// child, dead or alive, keeps its number for as long as anybody may signal its group, and a
/// grandchild that holds a stream open keeps the session open, as it does in a shell's pipeline.
/// The pipes are ours, because Subprocess stops reading its own when the child ends.
struct ChildSession<Sink: SessionSink, Watcher: ChildWatcher, Timer: Clock<Duration>>: Sendable {
    let command: ChildCommand
    let input: (any SessionInput)?
    let stop: SessionStop
    let sink: Sink
    let watcher: Watcher
    let timer: Timer
    /// What the child writes about itself, read beside its streams; not waited for.
    var log: PipeEnd?

    /// Starts the child and stays with it to its end.
    func run() async -> ChildEnd {
        var attempt = 0
        while true {
            guard !Task.isCancelled, stop.level == .none else { return .stopped }
            do {
                return try await runOnce()
            } catch {
                guard error.isShortage, let pause = Self.pause(before: attempt) else {
                    return .failed(error.hostFailure)
                }
                sink.emit(.waiting(reason: error.hostFailure.message))
                attempt += 1
                try? await timer.sleep(for: pause)
            }
        }
    }

    /// How long to wait for descriptors or processes before trying again, `nil` to give up (after
    /// a little more than six seconds).
    private static func pause(before attempt: Int) -> Duration? {
        attempt < 10 ? .milliseconds(min(50 << attempt, 1000)) : nil
    }

    private func runOnce() async throws(ChildStartFailure) -> ChildEnd {
        let streams: ChildStreams
        do { streams = try ChildStreams(withInput: input != nil) } catch {
            throw ChildStartFailure(command.program, error)
        }
        do {
            let result = try await Subprocess.run(
                command.configuration,
                input: .fileDescriptor(streams.theirInput, closeAfterSpawningProcess: false),
                output: .fileDescriptor(streams.theirOutput, closeAfterSpawningProcess: false),
                error: .fileDescriptor(streams.theirError, closeAfterSpawningProcess: false)
            ) { execution in
                streams.closeTheirs()
                return await attend(ChildGroup(execution), streams)
            }
            if let lost = result.closureResult { return lost }
            switch result.terminationStatus {
            case .exited(let code): return .exited(Int(code))
            case .signaled(let signal): return .signalled(Int(signal))
            }
        } catch {
            throw ChildStartFailure(command.program, error)
        }
    }

    /// Stays with the started child; returns a failure that outweighs its exit status, if any.
    private func attend(_ group: ChildGroup, _ streams: ChildStreams) async -> ChildEnd? {
        watcher.started()
        let (levels, raise) = AsyncStream.makeStream(of: SessionStop.Level.self)
        stop.whenRaised { raise.yield($0) }
        defer {
            stop.forget()
            raise.finish()
        }
        return await withTaskCancellationHandler {
            await withTaskGroup(of: Occurrence.self) { tasks in
                var occurrences = Occurrences(group: group, streams: streams, levels: levels)
                return await follow(&occurrences, in: &tasks)
            }
        } onCancel: {
            group.send(.kill)
        }
    }
}

extension ChildSession {
    /// What can happen while a child runs.
    enum Occurrence: Hashable, Sendable {
        case streamEnded
        case childEnded
        case stopRaised(SessionStop.Level)
        case inputLost(String)
        case nothing
    }

    /// Where occurrences come from.
    struct Occurrences {
        let group: ChildGroup
        let streams: ChildStreams
        let levels: AsyncStream<SessionStop.Level>
    }

    private func follow(
        _ from: inout Occurrences, in tasks: inout TaskGroup<Occurrence>
    ) async -> ChildEnd? {
        let group = from.group
        let streams = from.streams
        let levels = from.levels
        var openStreams = 2
        var childRuns = true
        var lost: ChildEnd?

        tasks.addTask { await pass(.standardOutput, from: streams.output) }
        tasks.addTask { await pass(.standardError, from: streams.error) }
        tasks.addTask { await end(of: group) }
        tasks.addTask { await nextLevel(of: levels) }
        if let input, let end = streams.input {
            tasks.addTask { await feed(end, from: input) }
        }
        while openStreams > 0 || childRuns, let occurrence = await tasks.next() {
            switch occurrence {
            case .streamEnded:
                openStreams -= 1
            case .childEnded:
                childRuns = false
                watcher.ended()
            case .stopRaised(.none), .nothing:
                break
            case .stopRaised(.signal):
                tasks.addTask { await askToEnd(group) }
                tasks.addTask { await nextLevel(of: levels) }
            case .stopRaised(.abort):
                group.send(.kill)
                tasks.cancelAll()
                openStreams = 0
            case .inputLost(let message):
                group.send(.kill)
                lost = .inputLost(message)
            }
        }
        tasks.cancelAll()
        return lost
    }

    private func nextLevel(of levels: AsyncStream<SessionStop.Level>) async -> Occurrence {
        for await level in levels { return .stopRaised(level) }
        return .nothing
    }

    /// Signals the group again and again: a program may ignore a signal while it starts.
    private func askToEnd(_ group: ChildGroup) async -> Occurrence {
        while !Task.isCancelled {
            group.send(.terminate)
            // A stopped process gets the signal only when it goes on.
            group.send(.resume)
            do { try await timer.sleep(for: .seconds(1)) } catch { break }
        }
        return .nothing
    }

    private func pass(_ stream: OutputStream, from end: PipeEnd) async -> Occurrence {
        while case .bytes(let bytes)? = try? await end.read(upTo: 65536) {
            watcher.output(stream, bytes)
            await sink.output(stream, bytes)
            if Task.isCancelled { break }
        }
        return .streamEnded
    }

    /// Waits for the child's end, and until then reads its log; others may hold the log open
    /// longer.
    private func end(of group: ChildGroup) async -> Occurrence {
        await withTaskGroup(of: Void.self) { reader in
            if let log {
                reader.addTask {
                    // Cancelled, it still takes what is there.
                    while case .bytes(let bytes)? = try? await log.read(upTo: 65536) {
                        watcher.logged(bytes)
                    }
                }
            }
            await group.waitForEnd()
            reader.cancelAll()
        }
        return Task.isCancelled ? .nothing : .childEnded
    }

    /// Writes the run's input; a child that does not want all of it is no failure.
    private func feed(_ end: PipeEnd, from input: any SessionInput) async -> Occurrence {
        defer { end.close() }
        var offset = 0
        while !Task.isCancelled {
            do {
                let bytes = try await input.read(at: offset, upTo: 65536)
                guard !bytes.isEmpty else { return .nothing }
                guard (try? await end.write(bytes)) != nil else { return .nothing }
                offset += bytes.count
            } catch {
                return .inputLost(error.message)
            }
        }
        return .nothing
    }
}
