// SPDX-License-Identifier: Apache-2.0

import Glibc
import SeededRandom
import TCPClosing
import TCPSockets
import Testing

@Suite struct `An address literal` {
    /// The oracle: what inet_pton(3) makes of a text, and inet_ntop(3) of that.
    private static func system(_ text: String, _ family: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(family, text, &bytes) == 1 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, &bytes, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }

    @Test(arguments: [
        "127.0.0.1", "0.0.0.0", "255.255.255.255", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4",
        "1.2.3.4 ", " 1.2.3.4", "", "localhost", "::", "::1", "1::", "fe80::1", "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "::ffff:1.2.3.4", "::ffff:102:304", "FE80::ABCD", ":::",
        ":",
        "12345::", "2001:db8:0:0:1:0:0:1", "[::1]", "1:2:3:4:5:6:7::", "0x7f.1", "127.1", "node7",
    ])
    func `is what inet_pton takes, and prints as inet_ntop has it`(text: String) {
        let expected = Self.system(text, AF_INET) ?? Self.system(text, AF_INET6)
        #expect(InternetAddress(literal: text)?.description == expected)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `comes back from its text`(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<10 {
            // Many zero groups, so that runs of them are met.
            let groups = (0..<8)
                .map { _ in
                    UInt64.random(in: 0...3, using: &random) == 0
                        ? UInt64.random(in: 0...0xffff, using: &random) : 0
                }
            let high = groups[..<4].reduce(0) { $0 << 16 | $1 }
            let low = groups[4...].reduce(0) { $0 << 16 | $1 }
            let address = InternetAddress.v6(high: high, low: low, zone: 0)
            let text = address.description
            #expect(InternetAddress(literal: text) == address)
            // inet_ntop(3) shows `::a.b.c.d` for the addresses RFC 4291 has given up.
            if high != 0 || low >> 32 != 0 { #expect(Self.system(text, AF_INET6) == text) }
        }
    }

    @Test func `may have a zone, as a number or the name of an interface`() {
        let local = UInt64(0xfe80) << 48
        #expect(InternetAddress(literal: "fe80::1%7") == .v6(high: local, low: 1, zone: 7))
        #expect(
            InternetAddress(literal: "fe80::1%lo")
                == .v6(high: local, low: 1, zone: if_nametoindex("lo")))
        for text in ["fe80::1%", "fe80::1%0", "fe80::1%nosuch", "fe80::1%+7", "127.0.0.1%1"] {
            #expect(InternetAddress(literal: text) == nil, "\(text)")
        }
    }

    @Test func `ends where its text ends, not at a NUL`() {
        #expect(InternetAddress(literal: "127.0.0.1\0.example") == nil)
        #expect(InternetAddress(literal: "::1\0") == nil)
    }
}

@Suite struct `An address given to the kernel` {
    @Test func `comes back as it was`() async throws {
        try await withLoop { loop in
            let (server, port) = try Endpoint.listening(on: loop)
            for host: UInt32 in [1, 77, 254] {
                let socket = try TCPSocket(towards: loopback(1))
                try socket.bind(loopback(host, subnet: 9), port: 0)
                let local = try socket.localPort()
                _ = try socket.connect(to: Destination(address: loopback(1), port: port))
                let (_, peer) = try await server.accept()
                #expect(peer == Destination(address: loopback(host, subnet: 9), port: local))
            }
        }
    }

    @Test func `shows an IPv4 peer of a listener for both families in mapped form`() async throws {
        try await withLoop { loop in
            let listener = try SharedTCPSocket.listening(on: 0)
            let server = try Endpoint(listener, on: loop)
            let port = try listener.socket.localPort()
            let socket = try TCPSocket(towards: loopback(1))
            _ = try socket.connect(to: Destination(address: loopback(1), port: port))
            let (_, peer) = try await server.accept()
            #expect(peer?.address.unmapped == loopback(1))
            #expect(peer?.port == (try socket.localPort()))
        }
    }
}

@Suite struct `A name resolver` {
    @Test func `answers literals itself`() async throws {
        let resolver = NameResolver(threadLimit: 1)
        #expect(try await resolver.addresses(of: "192.0.2.7") == [.v4(0xc000_0207)])
        #expect(try await resolver.addresses(of: "::1") == [.v6(high: 0, low: 1, zone: 0)])
    }

    @Test func `knows the names of this machine`() async throws {
        let addresses = try await NameResolver().addresses(of: "localhost")
        #expect(
            addresses.contains(loopback(1)) || addresses.contains(.v6(high: 0, low: 1, zone: 0)))
        #expect(Set(addresses).count == addresses.count)
    }

    @Test func `says which name it does not know`() async {
        let error = await #expect(throws: NameResolutionFailure.self) {
            try await NameResolver().addresses(of: "no-such-host.invalid")
        }
        #expect(error?.message.hasPrefix("no-such-host.invalid: ") == true)
    }

    @Test(arguments: [1, 8])
    func `answers many at once, each of them`(threads: Int) async throws {
        let resolver = NameResolver(threadLimit: threads)
        let answers = try await withThrowingTaskGroup(of: [InternetAddress].self) { group in
            for number in 0..<200 {
                group.addTask {
                    number.isMultiple(of: 2)
                        ? try await resolver.addresses(of: "localhost")
                        : try await resolver.addresses(of: "127.0.9.\(number)")
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 200)
        #expect(Set(answers).count == 101, "one answer for localhost, one for each literal")
    }
}
