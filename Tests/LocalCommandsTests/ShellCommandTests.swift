// SPDX-License-Identifier: Apache-2.0

import LocalCommands
import Testing

@Suite struct `A shell command` {
    @Test func `gives its output, from its folder`() throws {
        #expect(try ShellCommand.output(of: "echo a; echo b") == Array("a\nb\n".utf8))
        #expect(try ShellCommand.output(of: "pwd", in: "/usr") == Array("/usr\n".utf8))
        #expect(try ShellCommand.output(of: "cat") == [])
        #expect(try ShellCommand.output(of: "head -c 300000 /dev/zero").count == 300_000)
    }

    @Test func `that fails says how`() {
        #expect(throws: ShellCommand.Failure.ended(status: 3)) {
            try ShellCommand.output(of: "exit 3", milliseconds: 60_000)
        }
        #expect(throws: ShellCommand.Failure.ended(status: 127)) {
            try ShellCommand.output(of: "true", in: "/nonexistent")
        }
        #expect(throws: ShellCommand.Failure.ended(status: 143)) {
            try ShellCommand.output(of: "kill -TERM $$")
        }
        #expect(throws: ShellCommand.Failure.tooLong(limit: 1000)) {
            try ShellCommand.output(of: "yes", limit: 1000)
        }
    }

    @Test(arguments: ["sleep 1000", "sleep 1000 & sleep 1000", "exec >&-; sleep 1000"])
    func `that takes too long is ended with all it started`(command: String) {
        #expect(throws: ShellCommand.Failure.tooSlow(milliseconds: 50)) {
            try ShellCommand.output(of: command, milliseconds: 50)
        }
    }
}
