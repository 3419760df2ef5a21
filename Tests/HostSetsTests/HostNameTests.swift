// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSets
import Testing

@Suite struct `Host names` {
    @Test(arguments: [
        "a", "node1", "node-1", "node_1", "a.b.c", "10.0.0.1", "10.0.0.300", "1", "NODE", "n.",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fe80::1%br-lan.1", "::ffff:10.0.0.1",
        "1:2:3:4:5:6:7:8", "ABCD::EF", String(repeating: "a", count: 255),
    ])
    func `are taken as they are`(text: String) throws {
        let name = try HostName(text)
        #expect(name.text == text)
        #expect(name.isIPv6Literal == text.contains(":"))
    }

    @Test func `hold only bytes that no program, shell or path reads as something else`() {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_".utf8)
        for byte in UInt8.min...0x7F {
            let text = "a" + String(UnicodeScalar(byte))
            #expect(((try? HostName(text)) != nil) == allowed.contains(byte), "byte \(byte)")
        }
    }

    @Test(arguments: [
        ("", 1, HostPatternFault.Reason.emptyName),
        ("-a", 1, .leadingDash),
        (".", 1, .leadingDot),
        ("..", 1, .leadingDot),
        ("...", 1, .leadingDot),
        ("a[1-2]", 2, .unexpectedCharacter("[")),
        ("u@a", 2, .unexpectedCharacter("@")),
        ("a,b", 2, .unexpectedCharacter(",")),
        ("a:22", 1, .malformedAddress),
        ("[::1]", 1, .unexpectedCharacter("[")),
        ("::1%", 1, .malformedAddress),
        ("::1%a%b", 1, .malformedAddress),
        ("::1%a/b", 6, .unsupportedSyntax(.expression)),
        ("eth0%a", 5, .unexpectedCharacter("%")),
        (String(repeating: "a", count: 256), 1, .nameTooLong(bytes: 256)),
        ("::1%" + String(repeating: "a", count: 252), 1, .nameTooLong(bytes: 256)),
    ])
    func `are refused at the column of the fault`(
        text: String, column: Int, reason: HostPatternFault.Reason
    ) {
        let fault = #expect(throws: HostPatternFault.self) { try HostName(text) }
        #expect(fault?.column == column)
        #expect(fault?.reason == reason)
    }

    @Test func `with colons are the addresses that inet_pton takes, for every short text`() {
        expectAgreement(texts(over: [":", "1", "f", "."], upTo: 7))
    }

    @Test func `with colons are the addresses that inet_pton takes, for long random texts`() {
        var random = SeededGenerator(seed: 1)
        let pieces = [
            ":", ":", ":", "::", "0", "12", "fFf", "abcd", "10000", "1.2.3.4", "255.255.255.255",
            "1.2.3.256", "01.2.3.4", "g", "1.2.3",
        ]
        let texts = (0..<20_000)
            .map { _ in
                (0..<Int.random(in: 3...17, using: &random))
                    .map { index in
                        // Mostly every second piece is a separator, so that whole addresses come
                        // up.
                        index % 2 == 1 && Int.random(in: 0..<20, using: &random) > 0
                            ? ":" : pieces.randomElement(using: &random) ?? ""
                    }
                    .joined()
            }
        expectAgreement(texts)
    }

    private func expectAgreement(_ texts: [String]) {
        var addresses = 0
        for text in texts where text.contains(":") {
            var address = in6_addr()
            let isAddress = inet_pton(AF_INET6, text, &address) == 1
            if isAddress { addresses += 1 }
            #expect(((try? HostName(text)) != nil) == isAddress, "\(text)")
        }
        #expect(addresses > 100)
    }

    @Test func `are ordered by their numbers`() throws {
        let ordered = [
            "10.0.0.2", "10.0.0.10", "n", "n0", "n1", "n01", "n001", "n2", "n02a", "n2b", "n10",
            "n10-1", "n10-02", "n10-10", "n999999999999999999999999", "na",
        ]
        let names = try ordered.map { try HostName($0) }
        for (i, left) in names.enumerated() {
            for (j, right) in names.enumerated() {
                #expect((left < right) == (i < j), "\(left) \(right)")
            }
        }
    }
}
