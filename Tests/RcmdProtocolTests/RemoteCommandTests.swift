// SPDX-License-Identifier: Apache-2.0

import Glibc
import RcmdProtocol
import Testing

/// The wrapper is run for real, by every shell a user may log in with.
@Suite struct `A wrapped command` {
    private static let marker = StatusMarker(nonce: "Kq3AAAAAAAAAAAAAAAAAAA")

    /// What a client makes of a wrapped command's output.
    struct Told: Equatable {
        var output: String
        var error: String
        var status: Int?
    }

    private static func wrapped(
        _ command: String, _ mode: RemoteCommand.Input = .none, input: [UInt8] = [],
        in shell: LoginShell, path: String = "/usr/bin:/bin", standardShell: String = "/bin/sh"
    ) throws -> Told {
        var line = RemoteCommand(command, input: mode, marker: marker).line
        if line.starts(with: Array("exec /bin/sh ".utf8)) {
            line.replaceSubrange(5..<12, with: Array(standardShell.utf8))
        }
        let result = try shell.run(line, input: input, path: path)
        var scanner = StatusScanner(marker)
        let output = scanner.received(result.output) + scanner.ended()
        return Told(
            output: String(decoding: output, as: UTF8.self), error: result.errorText,
            status: scanner.status)
    }

    /// The oracle: the same shell runs the command itself.
    private static func plain(
        _ command: String, input: [UInt8] = [], in shell: LoginShell
    ) throws -> Told {
        let result = try shell.run(Array(command.utf8), input: input, ending: .shutsDown)
        return Told(
            output: result.outputText, error: result.errorText, status: Int(result.status))
    }

    @Test(arguments: LoginShell.all)
    func `has every shell it is tested with`(shell: LoginShell) {
        #expect(access(shell.path, X_OK) == 0, "install \(shell.name)")
    }

    static let commands = [
        "true", "exit 3", "exec false", "kill -9 $$", "kill -TERM $$", "sh -c 'kill -SEGV $$'",
        "nosuchcommand", "exit 255", "echo out; echo err >&2; exit 9", "printf 'no newline'", "cat",
        "cat; exit 4", "(exit 5)", ":", "true; false", "echo a | cat | wc -c", "echo one\necho two",
        #"echo 'single' "double" `echo back`"#, #"printf '%s|' 'a  b' c%d %% 100%"#,
        #"echo back\\slash \$HOME 'x\ny' "a\"b""#, #"printf 'a\tb\n\101\0101\n'"#,
        "echo 'wow!' hey\\!",
        "echo grüße 東京 🙂", "-nosuch option", "  echo   spaces  ", "# a remark",
        "echo $SHELL | wc -l",
        "printf '\\036'", "echo tab\there", "echo x >&2; kill -9 $$",
        "false", "echo a  b", "printf %s:%s\n a b", "cat", "ls -d / /nowhere", "cat /etc/hostname",
        "/bin/false", "/bin/sh -c exit", "/nowhere/nosuch", "/", "/bin/kill -0 1", "sleep 0",
        "echo -n x", "echo %d @x a=b =", "head -c 3 /etc/services", "date +%Y-%m",
    ]

    static let simple = [
        "uptime", "echo hi", " uptime ", "/usr/local/bin/check --all a=b", "./x", "date +%s",
        "ls -l /etc/passwd,v a@b 10:20",
    ]

    @Test(arguments: simple)
    func `has no subshell where no shell could take it amiss`(command: String) {
        let line = RemoteCommand(command, input: .none, marker: Self.marker).line
        #expect(line.starts(with: Array("\(command) </dev/null;printf ".utf8)))
    }

    static let notSimple = [
        "", " ", "exit 3", "exec false", "deploy", "X=1", "X=1/2 uptime", "a/b=c", "echo =ls",
        "uptime; exit 3", "uptime|wc", "echo $HOME", "echo ~", "ls *", "echo {a,b}", "echo #",
        "uptime &", "(uptime)", "echo \"a\"", "uptime >x", "echo a^b", "[ -e x ]", "time uptime",
        "echo a\nb", "%1", "@ x", "cd /", ". x", "source x", "true\texit",
    ]

    @Test(arguments: notSimple)
    func `has a shell of its own where one may be needed`(command: String) {
        let line = RemoteCommand(command, input: .none, marker: Self.marker).line
        #expect(!line.starts(with: Array("\(command) </dev/null".utf8)))
    }

    @Test(arguments: LoginShell.all, commands)
    func `does what it does without the wrapper`(shell: LoginShell, command: String) throws {
        let told = try Self.wrapped(command, in: shell)
        let plain = try Self.plain(command, in: shell)
        #expect(told.output == plain.output)
        #expect(told.status == plain.status)
        if command.hasPrefix("nosuch") {
            // A complaint of the shell's own may name the wrapper's `eval`, and says the same.
            #expect(told.error.contains("nosuch") && told.error.hasSuffix(plain.error.suffix(10)))
        } else {
            #expect(told.error == plain.error)
        }
    }

    @Test(arguments: LoginShell.all)
    func `is told apart from its wrapper when it does not parse`(shell: LoginShell) throws {
        let told = try Self.wrapped("if", in: shell)
        #expect(told.status == (try Self.plain("if", in: shell)).status)
        #expect(told.error != "")
    }

    @Test(arguments: ["/usr/bin/bash", "/usr/bin/mksh", Busybox.shell], commands)
    func `does so whatever shell is installed as the standard one`(
        standardShell: String, command: String
    ) throws {
        let dash = LoginShell.all[0]
        let told = try Self.wrapped(command, in: dash, standardShell: standardShell)
        let plain = try Self.plain(command, in: dash)
        #expect(told.output == plain.output)
        #expect(told.status == plain.status)
    }

    @Test(arguments: LoginShell.all)
    func `comes through with every printable byte in it`(shell: LoginShell) throws {
        let printable = String(decoding: (0x20...0x7e).filter { $0 != 0x27 }, as: UTF8.self)
        let command = "printf '%s\\n' '\(printable)'\"'\""
        let told = try Self.wrapped(command, in: shell)
        #expect(told == (try Self.plain(command, in: shell)))
        #expect(told.output.hasPrefix(" !\"#$%&()*+"))
    }

    @Test(arguments: LoginShell.all)
    func `does not tell a status by showing its own command line`(shell: LoginShell) throws {
        let ancestors =
            "sh -c 'p=$PPID; for i in 1 2 3; do tr \"\\000\" \"\\n\" </proc/$p/cmdline; "
            + "p=$(sed -n \"s/^PPid:.//p\" /proc/$p/status); done'; exit 6"
        let told = try Self.wrapped(ancestors, in: shell)
        #expect(told.output.contains(Self.marker.nonce + ":%"), "the wrapper was seen")
        #expect(told.status == 6)
    }

    @Test(arguments: LoginShell.all)
    func `reads exactly the bytes it is sent, and then the end`(shell: LoginShell) throws {
        for input in ["", "x", "no newline\nat the end", String(repeating: "0\n1\n", count: 9_000)]
        {
            let bytes = Array(input.utf8)
            let told = try Self.wrapped("cat; exit 7", .bytes(bytes.count), input: bytes, in: shell)
            #expect(told == Told(output: input, error: "", status: 7))
        }
    }

    @Test(arguments: LoginShell.all, ["/usr/bin:/bin", Busybox.directory + ":/usr/bin:/bin"])
    func `reads announced pieces, whichever head is there`(
        shell: LoginShell, path: String
    ) throws {
        let pieces = [
            "hello\n", "7\n0\n", "x", String(repeating: "ab\n", count: 500), "no newline",
        ]
        for count in [0, pieces.count] {
            let sent = pieces.prefix(count)
            let framed = sent.map { "\($0.utf8.count)\n\($0)" }.joined() + "0\n"
            let told = try Self.wrapped(
                "cat; exit 8", .pieces, input: Array(framed.utf8), in: shell, path: path)
            #expect(told == Told(output: sent.joined(), error: "", status: 8))
        }
    }

    @Test(arguments: LoginShell.all)
    func `may stop reading before its input ends`(shell: LoginShell) throws {
        let input = Array(repeating: UInt8(ascii: "x"), count: 150_000)
        let bytes = try Self.wrapped(
            "head -c 3; exit 2", .bytes(input.count), input: input, in: shell)
        #expect(bytes == Told(output: "xxx", error: "", status: 2))
        let pieces = try Self.wrapped(
            "head -c 3; exit 2", .pieces,
            input: Array("\(input.count)\n".utf8) + input + [0x30, 0x0a],
            in: shell)
        #expect(pieces == Told(output: "xxx", error: "", status: 2))
    }

    /// Where a broken connection may cut the input, and in which mode.
    static let cuts: [(mode: RemoteCommand.Input, sent: String)] = [
        (.bytes(10), ""), (.bytes(10), "12345"), (.pieces, ""), (.pieces, "5\n"),
        (.pieces, "5\n123"), (.pieces, "5\n12345"), (.pieces, "5\n123452"),
    ]

    @Test(arguments: LoginShell.all, cuts)
    func `is killed when its input breaks off`(
        shell: LoginShell, cut: (mode: RemoteCommand.Input, sent: String)
    ) throws {
        let line = RemoteCommand(
            "cat >/dev/null; echo took half for all >&2", input: cut.mode, marker: Self.marker
        )
        .line
        let result = try shell.run(line, input: Array(cut.sent.utf8), ending: .resets)
        #expect(result.errorText == "")
        #expect(result.status == 128 + SIGKILL)
    }

    @Test func `leaves room for the command where a server takes 1,023 bytes`() {
        func length(_ mode: RemoteCommand.Input) -> Int {
            RemoteCommand("", input: mode, marker: Self.marker).line.count
        }
        #expect(length(.none) < 100)
        #expect(length(.bytes(1_000_000_000)) < 300)
        #expect(length(.pieces) < 500)
    }

    @Test func `holds no byte that a login shell could take amiss`() throws {
        let everything = String(String.UnicodeScalarView((1...255).compactMap(Unicode.Scalar.init)))
        for mode in [RemoteCommand.Input.none, .bytes(7), .pieces] {
            let line = RemoteCommand(everything, input: mode, marker: Self.marker).line
            #expect(line.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "!") })
            #expect(line.count { $0 == UInt8(ascii: "'") } == 4, "two quoted words")
        }
    }
}
