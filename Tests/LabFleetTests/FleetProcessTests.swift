// SPDX-License-Identifier: Apache-2.0

import LabFleet
import Testing

@Suite struct `A command of the fleet` {
    private let start = ContinuousClock.now

    /// Runs a line to its end, or until it waits.
    private func run(
        _ line: String, input: [UInt8] = []
    ) -> (output: String, error: String, ending: FleetProcess.Ending?) {
        var process = FleetProcess(line, on: "10.77.0.1")
        var (output, error): ([UInt8], [UInt8]) = ([], [])
        process.received(input)
        process.inputHasEnded()
        process.advance(at: start)
        while !process.output.isEmpty {
            if process.isStandardError { error += process.output } else { output += process.output }
            process.took(process.output.count)
            process.advance(at: start)
        }
        return (
            String(decoding: output, as: UTF8.self), String(decoding: error, as: UTF8.self),
            process.ending
        )
    }

    @Test(arguments: [
        ("echo hi", "hi\n"), ("echo -n 'a  b' \"c\\\"d\" e\\ f", "a  b c\"d e f"),
        ("echo 1; echo 2\necho 3", "1\n2\n3\n"), ("true && echo yes || echo no", "yes\n"),
        ("false && echo yes || echo no", "no\n"), ("printf '%s-%d|' a 1 b 2", "a-1|b-2|"),
        ("printf '50%%\\n'", "50%\n"), ("sh -c 'echo in; exit 3'; echo out", "in\nout\n"),
        ("$SHELL -c 'hostname'", "10.77.0.1\n"), ("bytes 5", "01234"), ("cat", "input"),
        ("exec echo it", "it\n"), (";;", ""), ("", ""),
    ])
    func `writes what a shell would`(line: String, output: String) {
        let result = run(line, input: Array("input".utf8))
        #expect(result.output == output)
        #expect(result.error.isEmpty)
        #expect(result.ending == .exited(0))
    }

    @Test(arguments: [
        ("exit", 0), ("exit 7", 7), ("exit 256", 0), ("false", 1), ("true; false", 1),
        ("sh -c 'exit 9'", 9), ("exit 4; echo no", 4), ("exit x", 2), ("nothing", 127),
    ])
    func `ends with the status that a shell's would have`(line: String, code: Int) {
        let result = run(line)
        #expect(result.output.isEmpty)
        #expect(result.ending == .exited(code))
    }

    @Test func `writes to standard error what is sent there`() {
        #expect(run("echo a >&2; echo b").error == "a\n")
        #expect(run("nothing").error == "nothing: not found\n")
    }

    @Test(arguments: [("kill -9 $$", "KILL"), ("kill -TERM $$", "TERM"), ("kill $$", "TERM")])
    func `ends by a signal of its own`(line: String, signal: String) {
        #expect(run(line).ending == .signalled(signal))
    }

    @Test func `sleeps until its time has come, unless a signal ends it`() {
        var process = FleetProcess("sleep 1.5; echo up", on: "h")
        process.advance(at: start)
        #expect(process.deadline == start + .milliseconds(1500))
        var signalled = process
        process.advance(at: start + .milliseconds(1499))
        #expect(process.output.isEmpty)
        process.advance(at: start + .milliseconds(1500))
        #expect(process.output == Array("up\n".utf8))
        signalled.signalled("INT")
        #expect(signalled.ending == .signalled("INT"))
        #expect(signalled.deadline == nil)
    }

    @Test func `goes on only when what it wrote is taken`() {
        var process = FleetProcess("bytes 100000; exit 5", on: "h")
        var count = 0
        while process.ending == nil {
            process.advance(at: start)
            #expect(process.output.count <= 32_768)
            count += process.output.count
            process.took(process.output.count)
        }
        #expect(count == 100_000)
        #expect(process.ending == .exited(5))
    }
}
