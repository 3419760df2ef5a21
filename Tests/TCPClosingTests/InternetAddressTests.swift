// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

@Suite struct `An internet address` {
    private static func v6(_ groups: UInt64..., zone: UInt32 = 0) -> InternetAddress {
        .v6(
            high: groups[..<4].reduce(0) { $0 << 16 | $1 },
            low: groups[4...].reduce(0) { $0 << 16 | $1 }, zone: zone)
    }

    static let table: [(InternetAddress, String)] = [
        (.v4(0), "0.0.0.0"), (.v4(0x7f00_0001), "127.0.0.1"), (.v4(0xffff_ffff), "255.255.255.255"),
        (.v4(0x0a14_0307), "10.20.3.7"),
        (v6(0, 0, 0, 0, 0, 0, 0, 0), "::"), (v6(0, 0, 0, 0, 0, 0, 0, 1), "::1"),
        (v6(1, 0, 0, 0, 0, 0, 0, 0), "1::"),
        // RFC 5952 section 4.1: no leading zeros; 4.3: lower case.
        (v6(0x2001, 0xdb8, 0xa, 0xbc, 0xd, 0xe, 0xf, 1), "2001:db8:a:bc:d:e:f:1"),
        // 4.2.1: shortened as much as possible.
        (v6(0x2001, 0xdb8, 0, 0, 0, 0, 2, 1), "2001:db8::2:1"),
        // 4.2.2: one zero group is not shortened.
        (v6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1"),
        (v6(0, 1, 1, 1, 1, 1, 1, 0), "0:1:1:1:1:1:1:0"),
        // 4.2.3: the longest run, and the first of equals.
        (v6(0x2001, 0, 0, 1, 0, 0, 0, 1), "2001:0:0:1::1"),
        (v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1"),
        (v6(0, 0, 1, 0, 0, 1, 0, 0), "::1:0:0:1:0:0"),
        // Section 5: an IPv4-mapped address shows its IPv4 address.
        (v6(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201), "::ffff:192.0.2.1"),
        (v6(0xfe80, 0, 0, 0, 0, 0, 0, 1, zone: 3), "fe80::1%3"),
    ]

    @Test(arguments: table)
    func `has the text form of RFC 5952`(address: InternetAddress, text: String) {
        #expect(address.description == text)
    }

    @Test func `stands in brackets before a port when it has colons itself`() {
        #expect(Destination(address: .v4(0x0a00_0007), port: 514).description == "10.0.0.7:514")
        #expect(
            Destination(address: Self.v6(0xfd20, 0, 0, 0, 0, 0, 0, 7), port: 514).description
                == "[fd20::7]:514")
    }

    @Test func `sheds the IPv4-mapped form, and only that`() {
        let mapped = Self.v6(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0007)
        #expect(mapped.unmapped == .v4(0x0a00_0007))
        for address in [
            .v4(0x0a00_0007), Self.v6(0, 0, 0, 0, 0, 0, 0x0a00, 7),
            Self.v6(0, 0, 0, 1, 0, 0xffff, 0x0a00, 7), Self.v6(0, 0, 0, 0, 1, 0xffff, 0x0a00, 7),
        ] {
            #expect(address.unmapped == address)
        }
    }
}
