// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import HostSets
import Testing

@Suite struct `The arguments of ssh(1)` {
    private func words(
        _ arguments: OpenSSHArguments = OpenSSHArguments(), host: String = "node7",
        user: String? = nil, port: Int? = nil, defaultUser: String? = nil,
        command: [String] = ["uptime"]
    ) throws -> String {
        let host = Host(name: try HostName(host), user: user, port: port)
        return arguments.words(for: host, defaultUser: defaultUser, command: command)
            .joined(separator: " ")
    }

    @Test func `are no terminal, no questions, the host and the command`() throws {
        #expect(try words() == "-T -o BatchMode=yes -- node7 uptime")
    }

    @Test func `name the host's own user and port before the run's`() throws {
        #expect(
            try words(user: "ann", port: 2222, defaultUser: "bob")
                == "-T -o BatchMode=yes -l ann -p 2222 -- node7 uptime")
        #expect(try words(defaultUser: "bob") == "-T -o BatchMode=yes -l bob -- node7 uptime")
    }

    @Test func `have the user's options last, where ours win`() throws {
        let arguments = OpenSSHArguments(
            options: ["-F", "file", "-o", "BatchMode=no"], connectTimeout: .seconds(7),
            logPath: "/proc/1/fd/2")
        #expect(
            try words(arguments, command: ["ls", "-l"])
                == "-o LogLevel=DEBUG1 -E /proc/1/fd/2 -T -o BatchMode=yes -o ConnectTimeout=7 "
                + "-F file -o BatchMode=no -- node7 ls -l")
    }

    @Test(arguments: [
        (Duration.milliseconds(1), 1), (.seconds(1), 1), (.milliseconds(1001), 2),
        (.seconds(10), 10), (.zero, 1),
    ])
    func `have the connect timeout in whole seconds, rounded up`(
        timeout: Duration, seconds: Int
    ) throws {
        let text = try words(OpenSSHArguments(connectTimeout: timeout))
        #expect(text.contains("-o ConnectTimeout=\(seconds) "))
    }

    @Test func `take an IPv6 address without brackets`() throws {
        #expect(try words(host: "fd20::7").hasSuffix("-- fd20::7 uptime"))
    }

    @Test(arguments: [
        "-oProxyCommand=touch${IFS}x", "-l", "--", "-", "a b", "a;b", "a/b", "", "a\nb", "a\0b",
    ])
    func `can never hold a host that is an option or a program`(name: String) {
        #expect(throws: HostPatternFault.self) { try HostName(name) }
    }

    @Test func `end their options before the host, so that nothing after is one`() throws {
        let host = Host(name: try HostName("node7"))
        let words = OpenSSHArguments(options: ["-v"])
            .words(
                for: host, defaultUser: "-oProxyCommand=x", command: ["-oProxyCommand=x"])
        let end = try #require(words.firstIndex(of: "--"))
        #expect(Array(words[end...]) == ["--", "node7", "-oProxyCommand=x"])
        // The value of an option is no option either (getopt(3)).
        #expect(words[..<end].firstIndex(of: "-oProxyCommand=x").map { words[$0 - 1] } == "-l")
    }
}
