// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import Testing

@Suite struct `An rcmd session` {
    private static func output(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// Tells a session without stderr connection its primary stream, cut at these places.
    private static func session(_ stream: String, cuts: [Int] = []) -> RcmdConversation {
        let bytes = Array(stream.utf8)
        var session = RcmdConversation(stderr: false)
        session.tell { $0.opened() }
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            session.tell { $0.received(Array(bytes[start..<end])) }
        }
        session.tell { $0.primaryEnded(reset: false) }
        return session
    }

    static let streams = [
        "", "\0", "\0hello\n\u{1e}Kq3:3\u{1e}", "\0\u{1e}Kq3:0\u{1e}", "\0hello\n",
        "\0Authentication failure\n", "\0Authentication failure\n\u{1e}Kq3:0\u{1e}",
        "\0Authentication failure\nmore", "\0Authentication fail", "\0Authentic\u{1e}Kq3:1\u{1e}",
        "\0A", "\0half a mark \u{1e}Kq3:", "\0out\u{1e}Kq3:1\u{1e}from behind\n",
        "\u{1}Permission denied.\n", "\u{1}", "SSH-2.0-OpenSSH_9.2\r\n", "\u{2}x",
    ]

    @Test(arguments: streams)
    func `is the same however its stream is cut`(stream: String) {
        let whole = Self.session(stream)
        let count = stream.utf8.count
        for first in 0...count {
            for second in first...count {
                let session = Self.session(stream, cuts: [first, second])
                #expect(session == whole, "cut at \(first) and \(second)")
            }
        }
        #expect(Self.session(stream, cuts: Array(0..<count)) == whole, "byte by byte")
        #expect(whole.ends.count == 1)
        #expect(whole.late == [])
    }

    static let endings: [(stream: String, end: RcmdEnd, output: String)] = [
        ("\0hello\n\u{1e}Kq3:3\u{1e}", .status(3), "hello\n"),
        ("\0out\u{1e}Kq3:1\u{1e}from behind\n", .status(1), "outfrom behind\n"),
        ("\0hello\n", .noStatus(reset: false), "hello\n"),
        ("\0half a mark \u{1e}Kq3:", .noStatus(reset: false), "half a mark \u{1e}Kq3:"),
        ("", .refused(.noAnswer), ""),
        // A command that prints what rsh-redone's server says, and one that is cut off within it.
        ("\0Authentication failure\n\u{1e}Kq3:0\u{1e}", .status(0), "Authentication failure\n"),
        ("\0Authentication fail", .noStatus(reset: false), "Authentication fail"),
        ("\0Authentication failure\nx", .noStatus(reset: false), "Authentication failure\nx"),
    ]

    @Test(arguments: endings)
    func `ends as its stream says`(stream: String, end: RcmdEnd, output: String) {
        let session = Self.session(stream)
        #expect(session.ends == [end])
        #expect(session.output == Self.output(output))
        #expect(session.error == [])
    }

    /// What the three known servers say, and what some others might.
    static let refusals: [(stream: String, refusal: RcmdRefusal)] = [
        ("\u{1}Permission denied.\n", .permissionDenied(text: "Permission denied.")),
        ("\u{1}Login incorrect.\n", .permissionDenied(text: "Login incorrect.")),
        ("\u{1}Password incorrect.\n", .permissionDenied(text: "Password incorrect.")),
        ("\0Authentication failure\n", .permissionDenied(text: "Authentication failure")),
        ("\u{1}remuser too long\n", .userNameTooLong(text: "remuser too long")),
        ("\u{1}locuser too long\n", .userNameTooLong(text: "locuser too long")),
        (
            "\u{1}getnameinfo: Temporary failure in name resolution\n",
            .nameLookup(text: "getnameinfo: Temporary failure in name resolution")
        ),
        (
            "\u{1}can't get stderr port: Resource temporarily unavailable\n",
            .stderrConnection(text: "can't get stderr port: Resource temporarily unavailable")
        ),
        ("\u{1}No remote directory.\n", .serverError(text: "No remote directory.")),
        ("\u{1}first\nsecond\n", .serverError(text: "first")),
        ("\u{1}", .serverError(text: "")),
        (
            "SSH-2.0-OpenSSH_9.2\r\n",
            .notRcmd(firstByte: 0x53, text: "SSH-2.0-OpenSSH_9.2")
        ),
        ("\u{2}\n", .notRcmd(firstByte: 2, text: "\u{2}")),
    ]

    @Test(arguments: refusals)
    func `recognises a refusal`(stream: String, refusal: RcmdRefusal) {
        let session = Self.session(stream)
        #expect(session.ends == [.refused(refusal)])
        #expect(session.output == [], "a refusal is no output")
    }

    @Test func `keeps no more of a server's reason than the limit`() {
        var session = RcmdConversation(stderr: false)
        session.tell { $0.opened() }
        session.receive("\u{1}")
        for _ in 0..<100 { session.receive(String(repeating: "x", count: 1_000)) }
        session.tell { $0.primaryEnded(reset: false) }
        #expect(
            session.ends == [
                .refused(
                    .serverError(text: String(repeating: "x", count: RcmdMachine.reasonLimit)))
            ])
    }

    @Test func `takes no refusal from a server whose command wrote to standard error`() {
        var session = RcmdConversation(stderr: true)
        session.tell { $0.opened() }
        session.tell { $0.stderrConnected() }
        session.receive("\0Authentication failure\n")
        #expect(session.output == [], "it may be rsh-redone's refusal")
        session.tell { $0.receivedStderr(Self.output("oops\n")) }
        #expect(
            session.output == Self.output("Authentication failure\n"), "before the other stream")
        session.tell { $0.primaryEnded(reset: false) }
        session.tell { $0.stderrEnded() }
        #expect(session.ends == [.noStatus(reset: false)])
    }

    @Test(arguments: ["A", "Authentication failure\n", "out\u{1e}Kq3:"])
    func `loses no output when it is given up`(text: String) {
        var session = RcmdConversation(stderr: false)
        session.tell { $0.opened() }
        session.receive("\0" + text)
        session.tell { $0.abandoned() }
        #expect(session.output == Self.output(text))
        #expect(session.ends == [.noStatus(reset: false)])
    }

    @Test func `knows its status even when it is given up`() {
        var session = RcmdConversation(stderr: true)
        session.tell { $0.opened() }
        session.tell { $0.stderrConnected() }
        session.receive("\0\u{1e}Kq3:7\u{1e}")
        #expect(session.statuses == 1)
        session.tell { $0.abandoned() }
        #expect(session.ends == [.status(7)])
    }

    @Test func `sends the command only when its standard error has a way, if told to wait`() {
        var session = RcmdConversation(stderr: true, waits: true)
        session.tell { $0.opened() }
        #expect(session.requests == [.port])
        session.tell { $0.stderrConnected() }
        #expect(session.requests == [.port, .rest])
        var other = RcmdConversation(stderr: true)
        other.tell { $0.opened() }
        other.tell { $0.stderrConnected() }
        #expect(other.requests == [.whole])
    }

    @Test func `signals a running command that has a stderr connection, and no other`() {
        var machine = RcmdMachine(marker: RcmdConversation.marker, usesStderrConnection: true)
        #expect(machine.signalDue(15) == [])
        _ = machine.opened()
        _ = machine.stderrConnected()
        #expect(machine.signalDue(15) == [])
        _ = machine.received([0])
        #expect(machine.signalDue(15) == [.sendSignal(15)])
        _ = machine.stderrEnded()
        #expect(machine.signalDue(15) == [])
    }

    @Test(arguments: [false, true])
    func `resets are told apart from ends`(reset: Bool) {
        var before = RcmdConversation(stderr: false)
        before.tell { $0.opened() }
        before.tell { $0.primaryEnded(reset: reset) }
        #expect(before.ends == [.refused(reset ? .resetBeforeAnswer : .noAnswer)])
        var amid = RcmdConversation(stderr: false)
        amid.tell { $0.opened() }
        amid.receive("\0x")
        amid.tell { $0.primaryEnded(reset: reset) }
        #expect(amid.ends == [.noStatus(reset: reset)])
    }
}
