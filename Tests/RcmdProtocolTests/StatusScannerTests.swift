// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import SeededRandom
import Testing

@Suite struct `A status scanner` {
    private static let nonce = "Kq3"
    private static let mark = "\u{1e}Kq3:42\u{1e}"

    /// What a stream means: what the command printed, and its status.
    struct Meaning: Equatable {
        var output: String
        var status: Int?
    }

    /// The oracle: the whole stream at once, and a regular expression.
    static func meaning(of stream: String) -> Meaning {
        var rest = stream[...]
        var output = ""
        while let match = rest.firstMatch(of: #/\u{1e}Kq3:([0-9]{1,3})\u{1e}/#) {
            guard let status = Int(match.1), status <= 255 else {
                // Not a mark; one may begin at its closing separator.
                let next = rest.index(after: match.range.lowerBound)
                output += rest[..<next]
                rest = rest[next...]
                continue
            }
            output += rest[..<match.range.lowerBound] + rest[match.range.upperBound...]
            return Meaning(output: output, status: status)
        }
        return Meaning(output: output + rest, status: nil)
    }

    /// What the scanner makes of a stream that comes in these pieces.
    static func scanned(_ pieces: [ArraySlice<UInt8>]) -> Meaning {
        var scanner = StatusScanner(StatusMarker(nonce: nonce))
        var output: [UInt8] = []
        for piece in pieces { output += scanner.received(Array(piece)) }
        output += scanner.ended()
        #expect(scanner.ended() == [], "nothing comes twice")
        return Meaning(output: String(decoding: output, as: UTF8.self), status: scanner.status)
    }

    static let streams = [
        "", "hello\n", mark, "hello\n" + mark, "no newline" + mark + "and more",
        // Other separators around, before and within.
        "\u{1e}\u{1e}\u{1e}" + mark + "\u{1e}", "\u{1e}Kq\u{1e}Kq3\u{1e}Kq3:" + mark,
        "\u{1e}Kq3:4\u{1e}Kq3:5\u{1e}", "\u{1e}Kq3:999" + mark, "\u{1e}Kq3:1234" + mark,
        "\u{1e}Kq3:256\u{1e}Kq3:255\u{1e}", "\u{1e}Kq3:\u{1e}Kq3:0\u{1e}", "\u{1e}Kq3:-1\u{1e}",
        "\u{1e}Kq3: 1\u{1e}", "\u{1e}Kq3:007\u{1e}", "\u{1e}Kq3:0x1\u{1e}",
        // Another run's, cut off, printed twice.
        "\u{1e}Kq4:42\u{1e}", "\u{1e}KQ3:42\u{1e}", "Kq3:42", mark + mark,
        "\u{1e}", "\u{1e}Kq3", "\u{1e}Kq3:", "\u{1e}Kq3:4", "\u{1e}Kq3:42", "x\u{1e}Kq3:42y",
        // What `ps` shows of the wrapper.
        #"exec /bin/sh -c '(...);printf "\036"Kq3:%d\036" $?'"# + "\n" + mark,
    ]

    @Test(arguments: streams)
    func `finds the mark and passes the rest, wherever the stream is cut`(stream: String) {
        let bytes = Array(stream.utf8)
        let expected = Self.meaning(of: stream)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let scanned = Self.scanned([
                    bytes[..<first], bytes[first..<second], bytes[second...],
                ])
                #expect(scanned == expected, "cut at \(first) and \(second)")
            }
        }
        #expect(Self.scanned(bytes.indices.map { bytes[$0...$0] }) == expected, "byte by byte")
    }

    @Test func `finds what the oracle finds in every short stream`() {
        // All streams of up to seven of these pieces, with a nonce of one of them.
        let pieces = ["\u{1e}", "Kq3:", "4", "\u{1e}Kq3:9\u{1e}"]
        var streams = [""]
        var marks = 0
        for _ in 0..<6 {
            streams = streams.flatMap { stream in pieces.map { stream + $0 } }
            for stream in streams {
                let bytes = Array(stream.utf8)
                let middle = bytes.count / 2
                let expected = Self.meaning(of: stream)
                if Self.scanned([bytes[..<middle], bytes[middle...]]) != expected {
                    Issue.record("\(stream.debugDescription)")
                }
                marks += expected.status == nil ? 0 : 1
            }
        }
        #expect(marks > 1_000)
    }

    @Test(arguments: 0...255)
    func `reads every exit status`(status: Int) {
        let marker = StatusMarker(nonce: Self.nonce)
        var scanner = StatusScanner(marker)
        #expect(scanner.received(Array("out\u{1e}Kq3:\(status)\u{1e}".utf8)) == Array("out".utf8))
        #expect(scanner.status == status)
    }

    @Test func `holds back no more than a mark's length`() {
        let marker = StatusMarker(nonce: Self.nonce)
        var scanner = StatusScanner(marker)
        var delivered = 0
        let stream = Array(String(repeating: "\u{1e}Kq3:12", count: 50).utf8)
        for (index, byte) in stream.enumerated() {
            delivered += scanner.received([byte]).count
            #expect(index + 1 - delivered <= marker.longestLength)
        }
    }

    @Test func `delivers at once what can be no mark`() {
        var scanner = StatusScanner(StatusMarker(nonce: Self.nonce))
        #expect(scanner.received([0x1e, 0x4b, 0x78]) == [0x1e, 0x4b, 0x78])
        #expect(scanner.received([0x1e]) == [])
        #expect(scanner.received([0x0a]) == [0x1e, 0x0a])
    }

    @Test func `passes a mark that comes after the status`() {
        var scanner = StatusScanner(StatusMarker(nonce: Self.nonce))
        #expect(scanner.received(Array(Self.mark.utf8)) == [])
        #expect(scanner.received(Array(Self.mark.utf8)) == Array(Self.mark.utf8))
        #expect(scanner.status == 42)
    }
}

@Suite struct `A status marker` {
    @Test func `has a new nonce for each run, of letters and digits`() {
        var random = Seeded(seed: 7)
        let nonces = (0..<200).map { _ in StatusMarker(using: &random).nonce }
        #expect(Set(nonces).count == 200)
        for nonce in nonces {
            #expect(nonce.utf8.count == StatusMarker.nonceLength)
            #expect(nonce.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        }
        #expect(Set(nonces.joined()).count == 62, "every letter and digit is drawn")
    }

    @Test func `takes no nonce that a shell would not print as it stands`() async {
        await #expect(processExitsWith: .failure) { _ = StatusMarker(nonce: "a b") }
        await #expect(processExitsWith: .failure) { _ = StatusMarker(nonce: "$x") }
        await #expect(processExitsWith: .failure) { _ = StatusMarker(nonce: "%d") }
    }
}
