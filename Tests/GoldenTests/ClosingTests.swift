// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

private func closing(_ words: String...) async throws -> ProcessResult {
    try await Lastcall.run(["closing"] + words, environment: ["COLUMNS": "80"])
}

/// Words for `lastcall closing`, and all that is written in answer.
struct ClosingAnswer: Sendable, CustomTestStringConvertible {
    var words: [String]
    var text: String

    init(_ words: String..., says text: String) { (self.words, self.text) = (words, text) }

    var testDescription: String { words.joined(separator: " ") }
}

@Suite(.timeLimit(.minutes(1)))
struct `What closing prints` {
    @Test(arguments: [
        ClosingAnswer("figure", says: ClosingOutput.figure),
        ClosingAnswer("figure", "--text", says: ClosingOutput.figure),
        ClosingAnswer("explain", "time-wait", says: ClosingOutput.timeWait),
        ClosingAnswer("explain", says: ClosingOutput.topics),
        ClosingAnswer("orders", says: ClosingOutput.orders),
        ClosingAnswer("orders", "--layers", says: ClosingOutput.layers),
        ClosingAnswer("states", "LAST-ACK", says: ClosingOutput.lastAck),
        ClosingAnswer("states", "last_ack", says: ClosingOutput.lastAck),
    ])
    func `is this`(answer: ClosingAnswer) async throws {
        let result = try await Lastcall.run(["closing"] + answer.words)
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output == answer.text)
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: [
        ClosingAnswer(says: ClosingHelp.closing),
        ClosingAnswer("states", says: ClosingHelp.states),
        ClosingAnswer("orders", says: ClosingHelp.orders),
        ClosingAnswer("figure", says: ClosingHelp.figure),
        ClosingAnswer("explain", says: ClosingHelp.explain),
    ])
    func `as help is complete`(answer: ClosingAnswer) async throws {
        let words = answer.words
        for asked in [["help", "closing"] + words, ["closing"] + words + ["--help"]] {
            let result = try await Lastcall.run(asked, environment: ["COLUMNS": "80"])
            #expect(result.status == 0)
            #expect(result.output == answer.text)
        }
    }

    @Test func `about all states names each, with its section of the RFC`() async throws {
        let result = try await closing("states")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        let heads = lines.filter { !$0.hasPrefix(" ") && $0.first?.isUppercase == true }
        #expect(
            heads.prefix(11) == [
                "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
                "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
            ])
        #expect(lines.count { $0.contains("RFC 9293 §") } > 30)
    }

    @Test func `as an image is the one in the documentation`() async throws {
        let result = try await closing("figure", "--svg")
        let path = #filePath
            .replacing(
                "Tests/GoldenTests/ClosingTests.swift", with: "Docs/closing.svg")
        let hint: Comment = "lastcall closing figure --svg -o Docs/closing.svg makes it anew"
        #expect(result.output == (try SmallFile.read(path)), hint)
    }

    @Test func `goes to a file that is asked for`() async throws {
        let result = try await Lastcall.shell(
            #"""
            folder=$(mktemp -d)
            "$LASTCALL" closing figure --svg --order a-a1-b1-b-b2-a2 -o "$folder/order.svg" &&
                "$LASTCALL" closing figure --svg --order a-a1-b1-b-b2-a2 | cmp - "$folder/order.svg" &&
                echo same
            rm -r "$folder"
            """#)
        #expect(result.output == "same\n")
        #expect(result.error.isEmpty)
    }

    @Test func `as a graph has the edges of the figure`() async throws {
        let result = try await closing("figure", "--dot")
        #expect(result.output.hasPrefix("digraph closure {\n"))
        #expect(result.output.contains(#""FIN-WAIT-1" -> "CLOSING" [label="FIN / ACK\n(2)"];"#))
        #expect(result.output.contains(#""LAST-ACK" -> "CLOSED" [label="ACK of FIN\n(4)"];"#))
        #expect(result.output.hasSuffix("}\n"))
    }

    @Test func `as JSON is an object a line`() async throws {
        let orders = try await closing("orders", "--json", "--first", "a", "--no-crossing")
        #expect(
            orders.output == #"""
                {"v":1,"order":"a-a1-b-b1-b2-a2","layer":"in-order","closes_first":"A","fins_cross":false,"lost":0,"reset":false,"keeps_time_wait":["A"],"states":[["ESTABLISHED","ESTABLISHED"],["FIN-WAIT-1","ESTABLISHED"],["FIN-WAIT-1","CLOSE-WAIT"],["FIN-WAIT-1","LAST-ACK"],["FIN-WAIT-2","LAST-ACK"],["TIME-WAIT","LAST-ACK"],["TIME-WAIT","CLOSED"]]}
                {"v":1,"order":"a-a1-b1-b-b2-a2","layer":"in-order","closes_first":"A","fins_cross":false,"lost":0,"reset":false,"keeps_time_wait":["A"],"states":[["ESTABLISHED","ESTABLISHED"],["FIN-WAIT-1","ESTABLISHED"],["FIN-WAIT-1","CLOSE-WAIT"],["FIN-WAIT-2","CLOSE-WAIT"],["FIN-WAIT-2","LAST-ACK"],["TIME-WAIT","LAST-ACK"],["TIME-WAIT","CLOSED"]]}

                """#)
        let states = try await closing("states", "closed", "--json")
        let first = states.output.split(separator: "\n").first
        #expect(
            first == #"""
                {"v":1,"state":"CLOSED","event":"listen()","outcome":"moves","next":"LISTEN","sends":null,"starts_time_wait":false,"reason":null,"source":"RFC 9293 §3.10.1"}
                """#)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `Bad input to closing` {
    @Test(arguments: [
        ClosingAnswer(
            "states", "ESTABLISHD",
            says: """
                'ESTABLISHD' is no state: write one of
                    CLOSED, LISTEN, SYN-SENT, SYN-RECEIVED, ESTABLISHED, FIN-WAIT-1,
                    FIN-WAIT-2, CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT
                """
        ),
        ClosingAnswer(
            "explain", "timewait",
            says: """
                'timewait' is no topic: write one of
                    time-wait, simultaneous-close, half-close, rst, assassination
                """
        ),
        ClosingAnswer(
            "figure", "--order", "a-b1",
            says: """
                --order: 'a-b1': part 2, `b1`, cannot happen there; can: b hb lb kb wb a1 xa1 da1
                    lastcall closing orders lists names
                """
        ),
        ClosingAnswer(
            "figure", "--order", "\u{1b}[31m",
            says: #"""
                --order: '\x1b[31m': part 1, `\x1b[31m`, cannot happen there; can: a ha la ka wa b hb lb kb wb
                    lastcall closing orders lists names
                """#
        ),
        ClosingAnswer("figure", "--order", "", says: "--order: no order is named"),
        ClosingAnswer(
            "figure", "--order", "a", "--first", "a",
            says: "--order draws one order: leave out what chooses among many"
        ),
        ClosingAnswer(
            "figure", "--layer", "timers-1",
            says: """
                the paths of layer timers-1 do not fit into one figure: choose some of its orders, or \
                have Graphviz draw it with --dot
                """
        ),
        ClosingAnswer(
            "figure", "--lost", "1", "--layer", "in-order",
            says: "no order of layer in-order is like that"
        ),
        ClosingAnswer(
            "orders", "--layer", "data",
            says: """
                layer data has 62137446 orders, too many to list; any of them can be drawn by its name: \
                lastcall closing figure --order NAME
                """
        ),
        ClosingAnswer("orders", "--first", "c", says: "--first: 'c' is none of a, b"),
        ClosingAnswer(
            "orders", "--keeps", "me", says: "--keeps: 'me' is none of a, b, both, nobody"),
        ClosingAnswer(
            "orders", "--policy", "first",
            says: "--policy: 'first' is none of reset-after-end, remote-first, local-first"
        ),
        ClosingAnswer("orders", "--lost", "10", says: "--lost: 10 is out of range: write 0 to 9"),
        ClosingAnswer(
            "figure", "-o", "/no/such/folder/figure",
            says: "--output: cannot write '/no/such/folder/figure': No such file or directory"
        ),
        ClosingAnswer(
            "orders", "--layer", "all",
            says: "--layer: 'all' is no layer: write one of\n"
                + String(ClosingOutput.layers.dropLast())
        ),
    ])
    func `gets what exists, and status 2`(answer: ClosingAnswer) async throws {
        let result = try await Lastcall.run(["closing"] + answer.words)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error == "lastcall: \(answer.text)\n")
    }

    @Test(
        arguments: [
            (
                ">/dev/full", 5,
                "standard output could not be written in full: No space left on device"
            ),
            (
                "-o /dev/full", 5,
                "'/dev/full' could not be written in full: No space left on device"
            ),
            (">&-", 2, "standard output is closed: there is nowhere to write to"),
        ] as [(String, Int32, String)])
    func `of a place to write to is told, too`(
        place: String, status: Int32, says: String
    ) async throws {
        let result = try await Lastcall.shell(#""$LASTCALL" closing figure \#(place)"#)
        #expect(result.status == status)
        #expect(result.error == "lastcall: \(says)\n")
    }

    @Test func `is not a reader that goes away`() async throws {
        let result = try await Lastcall.shell(
            #""$LASTCALL" closing orders --layer duplicates-1 --json | head -n 1"#)
        #expect(result.output.hasPrefix(#"{"v":1,"order":"#))
        #expect(result.error.isEmpty)
    }
}
