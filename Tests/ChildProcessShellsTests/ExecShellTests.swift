// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import RunModel
import SessionRecording
import ShellContract
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A local command` {
    @Test func `ends with its exact exit code, whichever it is`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for code in 0...255 {
                if code >= 16 { try await group.next() }
                group.addTask {
                    let session = try await ExecSession.sh("exit \(code)")
                    #expect(session.outcome == .exited(code))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: [1, 2, 3, 6, 9, 10, 13, 14, 15, 31, 34, 64])
    func `that dies of a signal says which`(signal: Int) async throws {
        let session = try await ExecSession.sh("kill -\(signal) $$")
        #expect(session.outcome == .signalled(signal))
    }

    @Test func `runs from its start and closes when it has ended`() async throws {
        let session = try await ExecSession.run(["/bin/true"])
        #expect(session.sink.events == [.running, .closing])
    }

    @Test func `is started from its words, without a shell`() async throws {
        let session = try await ExecSession.run([
            "printf", "%%s|", "a b", "$HOME", "*", ";", "", "ü\n",
        ])
        #expect(session.sink.text(.standardOutput) == "a b|$HOME|*|;||ü\n|")
    }

    @Test func `has the host, the user and the index where its words say so`() async throws {
        let session = try await ExecSession.run(
            ["printf", "%%s ", "%h", "-%u-", "%n%%", "%h%u%n"], host: "node9", user: "ann",
            index: 41)
        #expect(session.sink.text(.standardOutput) == "node9 -ann- 41% node9ann41 ")
    }

    @Test func `has the local user where nobody else is named`() async throws {
        let session = try await ExecSession.run(["printf", "%u"])
        #expect(session.sink.text(.standardOutput) == "operator")
    }

    @Test func `keeps its two streams apart`() async throws {
        let session = try await ExecSession.sh(
            "echo out; echo err >&2; printf more; printf last >&2")
        #expect(session.sink.text(.standardOutput) == "out\nmore")
        #expect(session.sink.text(.standardError) == "err\nlast")
    }

    @Test func `reads an empty input when the run has none`() async throws {
        let session = try await ExecSession.sh("readlink /proc/self/fd/0; cat")
        #expect(session.sink.text(.standardOutput) == "/dev/null\n")
        #expect(session.outcome == .exited(0))
    }

    @Test(arguments: [0, 1, 4095, 4096, 65_535, 65_536, 65_537, 1_000_000])
    func `passes every byte value through both ways`(size: Int) async throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ ($0 >> 8)) }
        let session = try await ExecSession.sh("tee /dev/stderr", input: FixedInput(bytes))
        #expect(session.outcome == .exited(0))
        #expect(session.sink.bytes(.standardOutput) == bytes)
        #expect(session.sink.bytes(.standardError) == bytes)
    }

    @Test func `that does not want its input is no failure`() async throws {
        let input = FixedInput([UInt8](repeating: 65, count: 5_000_000))
        let session = try await ExecSession.sh("exec <&-; echo deaf", input: input)
        #expect(session.outcome == .exited(0))
        #expect(session.sink.text(.standardOutput) == "deaf\n")
        let partial = try await ExecSession.sh("head -c 3", input: input)
        #expect(partial.outcome == .exited(0))
        #expect(partial.sink.text(.standardOutput) == "AAA")
    }

    @Test func `is ended when its input is lost, and says so`() async throws {
        let session = try await ExecSession.sh("cat", input: BrokenInput())
        #expect(
            session.outcome == .noStatus(HostFailure(.localResources, "the disk is full")))
        #expect(session.sink.text(.standardOutput).isEmpty || session.output == [1, 2, 3])
    }

    @Test func `may close its streams early and live on`() async throws {
        let session = try await ExecSession.sh("exec >&- 2>&-; sleep 0.1; exit 7")
        #expect(session.outcome == .exited(7))
    }

    @Test func `is heard to the end when a child of it holds its output open`() async throws {
        let session = try await ExecSession.sh("(sleep 0.2; echo late) & echo early; exit 3")
        #expect(session.outcome == .exited(3))
        #expect(session.sink.text(.standardOutput) == "early\nlate\n")
        #expect(session.sink.events == [.running, .closing])
    }

    @Test func `passes a hundred megabytes on each stream at once`() async throws {
        let sink = RecordingSink(keepsBytes: false)
        let session = try await ExecSession.sh(
            "head -c 100000000 /dev/zero & head -c 100000000 /dev/zero >&2; wait", sink: sink)
        #expect(session.outcome == .exited(0))
        #expect(sink.count(.standardOutput) == 100_000_000)
        #expect(sink.count(.standardError) == 100_000_000)
    }

    @Test func `cannot write further than a pipe ahead of its reader`() async throws {
        let gate = Gate()
        let sink = RecordingSink { _, _ in await gate.wait() }
        async let session = ExecSession.sh(
            "head -c 10000000 /dev/zero; echo done >&2", sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        #expect(sink.count(.standardOutput) <= 65_536)
        #expect(sink.bytes(.standardError).isEmpty)
        gate.open()
        #expect(try await session.outcome == .exited(0))
        #expect(sink.count(.standardOutput) == 10_000_000)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `A local command that cannot start` {
    @Test(arguments: [
        "lastcall-no-such-program", "/lastcall/no/such/program", "/etc/hostname", "/",
    ])
    func `is a host that was not reached, and the message names the program`(
        program: String
    ) async throws {
        let session = try await ExecSession.run([program])
        guard case .notReached(let failure) = session.outcome else {
            Issue.record("\(session.outcome)")
            return
        }
        #expect(failure.kind == .localResources)
        #expect(failure.message.contains("cannot start \(program)"))
        #expect(session.sink.events.isEmpty)
    }

    @Test func `says that its arguments are too long`() async throws {
        let session = try await ExecSession.run(
            ["true", String(repeating: "x", count: 4_000_000)])
        guard case .notReached(let failure) = session.outcome else {
            Issue.record("\(session.outcome)")
            return
        }
        #expect(failure.message.contains("Argument list too long"))
    }

    @Test func `is found before anything starts when a word cannot be read`() throws {
        try ExecShell.validate(["a", "%h%u%n%%"])
        let faults: [(String, String)] = [
            ("%x", "word 2 of the command (%x): %x means nothing"),
            ("50%", "word 2 of the command (50%): ends with a single %"),
            ("a\0b", "holds a NUL"),
        ]
        for (word, message) in faults {
            let fault = #expect(throws: WordTemplateFault.self) {
                try ExecShell.validate(["echo", word])
            }
            #expect(fault?.message.contains(message) == true)
        }
    }
}
