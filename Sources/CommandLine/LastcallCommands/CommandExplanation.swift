// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandWatch
import Console
import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import TextForms
import Threads

/// `lastcall why -- COMMAND`: this process becomes the command, and another one explains its calls.
enum CommandExplanation {
    /// Becomes the command.
    ///
    /// - Throws: when that fails, as env(1) and others exit: 126 when the program cannot be run,
    ///   127 when there is none.
    static func start(_ command: [String], json: Bool) throws {
        let options = json ? ["--json"] : []
        let failure = CommandStart.run(
            command, watchedBy: ["lastcall", "why"] + options + ["--watching"])
        switch failure {
        case .notWatched(let code):
            throw UsageError(
                """
                the command cannot be watched, and was not run: \(code)
                  It takes ptrace(2) and seccomp(2): in a container, allow them; see also sysctl
                  kernel.yama.ptrace_scope, which must not be 3.
                """)
        case .notRun(let code):
            complain("lastcall: \(ProgramOutput.quoted(command[0])): \(code)\n")
            throw ExitCode(code == .noSuchFileOrDirectory ? 127 : 126)
        }
    }

    /// Watches the command that this process was started for.
    static func watch(at place: String, json: Bool) async throws {
        try await DetachedThread.run {
            guard let watcher = CommandStart.watcher(at: place) else { return }
            var witness = CallWitness(json: json)
            watcher.run { event in
                if let text = witness.told(event) { complain(text) }
            }
        }
    }

    private static func complain(_ text: String) {
        // Nobody is left to tell that standard error is gone.
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }
}

/// Explains the first call that fails, and counts the others.
struct CallWitness {
    private let json: Bool
    private var explained: WatchedCall?
    /// A connect(2) that failed for reasons outside of this machine's ports: it explains a failure
    /// only when nothing else does.
    private var unexplained: WatchedCall?
    private var others = 0
    private var name = "the command"

    init(json: Bool) { self.json = json }

    /// What to say about an event, if anything.
    mutating func told(_ event: CommandWatcher.Event) -> String? {
        switch event {
        case .failed(let call): return failed(call)
        case .ending(let end): return ended(end)
        }
    }

    private mutating func failed(_ call: WatchedCall) -> String? {
        guard explained == nil else {
            others += 1
            return nil
        }
        if call.kind == .connect, call.code != .addressNotAvailable {
            unexplained = unexplained ?? call
            return nil
        }
        explained = call
        return CallExplanation(call).text(json: json)
    }

    private mutating func ended(_ end: CommandEnd) -> String? {
        if json { return nil }
        var text = ""
        if explained == nil, let unexplained, end != .exited(0) {
            explained = unexplained
            text = CallExplanation(unexplained).text(json: false)
        }
        guard explained != nil else { return nil }
        if others > 0 { text += "lastcall: \(others) more such calls failed.\n" }
        switch end {
        case .exited(let status): text += "lastcall: the command ended with status \(status).\n"
        case .killed(let signal): text += "lastcall: signal \(signal) ended the command.\n"
        }
        return text
    }
}
