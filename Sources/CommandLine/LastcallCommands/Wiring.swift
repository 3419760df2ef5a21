// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Console
import HostSets
import RshShells
import RunEngine
import RunJournal
import RunModel
import RunReports
import ShellContract
import Spool
import SystemPackage
import TCPSockets

/// Picks the concrete parts of a run and puts them together; the only place that knows them all.
enum Wiring {
    /// Runs a plan.
    ///
    /// - Returns: what to exit with.
    /// - Throws: `UsageError` when something it needs is missing; nothing has been contacted then.
    static func run(
        _ plan: RunPlan, recording: Recording
    ) async throws(UsageError) -> Int32 {
        let closed = StandardDescriptors.closedAtStart
        if closed.contains(.standardOutput) {
            throw UsageError("standard output is closed: there is nowhere to write to")
        }
        if plan.sendsInput, closed.contains(.standardInput) {
            throw UsageError("--stdin: standard input is closed: there is nothing to send")
        }
        try checkDescriptors(plan)
        let signals: Signals
        let loop: EventLoop
        let input: (any SessionInput)?
        do throws(Errno) {
            signals = try Signals(Signals.stopping)
            loop = try EventLoop()
        } catch {
            throw UsageError("no signals, or no event loop: \(error)")
        }
        do throws(SpoolError) {
            input =
                plan.sendsInput
                ? StandardInput(try InputSpool(.standardInput, directory: temporaryDirectory))
                : nil
        } catch {
            throw UsageError("--stdin: \(error)")
        }
        let writer = OutputWriter()
        for remark in plan.remarks {
            writer.write(Array("lastcall: \(remark)\n".utf8), to: .standardError)
        }
        let say = { @Sendable (text: String) in
            writer.write(Array("lastcall: \(text)\n".utf8), to: .standardError)
        }
        let recorder = try recording.begin(plan, say: say)
        let budget = plan.maxFailures.map { limit in
            FailureBudget(limit: limit.count(of: plan.hosts.count)) {
                say("too many hosts have failed (--max-failures): no further host is started")
            }
        }
        let output = ReportOutput(
            ReportChoice.report(for: plan), writer: writer, recorder: recorder, budget: budget)
        var request = RunRequest(
            hosts: plan.hosts, command: plan.command, defaultUser: plan.transport.user,
            input: input, limits: plan.limits)
        request.commandOnHost = plan.commandOnHost
        let run = Run(
            request: request, loop: loop, signals: signals, output: output, writer: writer,
            gates: [budget, recorder.map(JournalGate.init)])
        let result = await withTaskExecutorPreference(loop) {
            await withTaskGroup(of: Void.self) { group in
                if let recorder {
                    group.addTask { await recorder.serve(clock: LoopClock(loop)) }
                }
                let result = await run.start(plan)
                if let recorder { await Recording.end(recorder, of: plan.hosts, say: say) }
                return result
            }
        }
        let summary = try result.get()
        await run.finish(signals)
        return ExitStatus.of(
            summary, outputLost: output.outputLost, choice: plan.output.exitStatus)
    }

    /// Where temporary files go.
    static var temporaryDirectory: String {
        ThisProcess.environment("TMPDIR") ?? "/var/tmp"
    }

    /// Sockets and pipes a host needs while it is open.
    private static func checkDescriptors(_ plan: RunPlan) throws(UsageError) {
        let limit = DescriptorLimit.raise()
        let perHost =
            switch plan.transport.via {
            case .rsh: plan.transport.mergeStderr ? 1 : 2
            case .ssh, .sshOnly: 2
            case .openssh, .exec: 6
            }
        let needed = perHost * min(plan.limits.fanout, plan.hosts.count) + 64
        guard needed <= limit else {
            throw UsageError(
                """
                -f \(plan.limits.fanout): \(needed) descriptors are needed at once, \(perHost) a \
                host, and this process may have \(limit): raise ulimit -n, or lower -f
                """)
        }
    }

    /// The parts of one run that stay the same whatever the transport.
    private struct Run {
        var request: RunRequest
        var loop: EventLoop
        var signals: Signals
        var output: ReportOutput
        var writer: OutputWriter
        var gates: [(any StartGate)?]

        func start(_ plan: RunPlan) async -> Result<RunSummary, UsageError> {
            switch plan.transport.via {
            case .rsh: return await overRsh(plan)
            case .ssh, .sshOnly:
                let router = SSHWiring.router(plan, loop: loop, openSSH: openSSH(plan))
                let summary = await run(router)
                for remark in router.remarks {
                    writer.write(Array("lastcall: \(remark)\n".utf8), to: .standardError)
                }
                return .success(summary)
            case .openssh: return .success(await run(openSSH(plan)))
            case .exec:
                return .success(
                    await run(ExecShell(localUser: CurrentUser.name, timer: LoopClock(loop))))
            }
        }

        private func openSSH(_ plan: RunPlan) -> OpenSSHShell {
            var options = plan.transport.sshOptions
            if let port = plan.transport.port { options += ["-p", "\(port)"] }
            return OpenSSHShell(options: options, timer: LoopClock(loop))
        }

        private func overRsh(_ plan: RunPlan) async -> Result<RunSummary, UsageError> {
            let transport = plan.transport
            let listenerCount =
                transport.mergeStderr ? 0 : max(1, transport.reservedPorts / 4)
            var options = RshShell.Options(
                localUser: CurrentUser.name, remoteUser: transport.user ?? CurrentUser.name)
            if let port = transport.port { options.port = UInt16(port) }
            options.closing = transport.closing
            options.refusesStrangers = transport.refuseStrangers
            var random = SystemRandomNumberGenerator()
            do throws(ReservedPorts.Failure) {
                let ports = try ReservedPorts.choose(
                    transport.reservedPorts - listenerCount, leaving: listenerCount)
                let listeners =
                    listenerCount == 0
                    ? nil : try await self.listeners(listenerCount, avoiding: Set(ports))
                let shell = RshShell(
                    options: options, random: &random,
                    ports: PortPool(ports: ports, loop: loop), listeners: listeners,
                    resolver: NameResolver(), loop: loop)
                if let fault = shell.fault(in: plan.command, withInput: plan.sendsInput) {
                    return .failure(UsageError("--via rsh: \(fault.message)"))
                }
                return .success(
                    await withTaskGroup(of: Void.self) { group in
                        if let listeners { group.addTask { await listeners.serve() } }
                        let summary = await run(shell)
                        group.cancelAll()
                        return summary
                    })
            } catch {
                return .failure(UsageError("--via rsh: \(error)"))
            }
        }

        /// Opens the stderr listeners; waits for a port when others hold all of them.
        private func listeners(
            _ count: Int, avoiding ports: Set<UInt16>
        ) async throws(ReservedPorts.Failure) -> StderrListeners {
            var hasTold = false
            while true {
                do throws(ReservedPorts.Failure) {
                    return try StderrListeners(count: count, avoiding: ports, loop: loop)
                } catch {
                    guard case .tooFew = error else { throw error }
                    if !hasTold {
                        let text =
                            "lastcall: waiting: no free local port to hear stderr on: \(error)\n"
                        writer.write(Array(text.utf8), to: .standardError)
                    }
                    hasTold = true
                    try? await LoopClock(loop).sleep(for: .seconds(1))
                }
            }
        }

        private func run(_ shell: some RemoteShell) async -> RunSummary {
            let clock = LoopClock(loop)
            let engine = Engine(
                shell: shell, clock: clock, events: output,
                gate: gates.contains { $0 != nil } ? StartGates(gates.compactMap { $0 }) : nil,
                behind: { [loop] in loop.behind })
            return await withTaskGroup(of: Void.self) { group in
                group.addTask { [output] in
                    while (try? await clock.sleep(for: .milliseconds(100))) != nil {
                        output.timePassed()
                    }
                }
                let summary = await engine.run(request, interruptions: signals.stream())
                group.cancelAll()
                return summary
            }
        }

        /// Writes what is left; another signal gives up on a reader that takes no more.
        func finish(_ signals: Signals) async {
            SecretPrompt.restoreTerminal()
            let stream = signals.stream()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [output] in await output.finish() }
                group.addTask { for await _ in stream { return } }
                await group.next()
                group.cancelAll()
            }
            for descriptor in [FileDescriptor.standardOutput, .standardError] {
                guard let loss = writer.loss(of: descriptor) else { continue }
                let name = descriptor == .standardOutput ? "standard output" : "standard error"
                let text = """
                    lastcall: \(loss.byteCount) bytes could not be written to \(name): \(loss.code)\n
                    """
                writer.write(Array(text.utf8), to: .standardError)
            }
            await writer.drain()
        }
    }
}
