// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import SystemPackage
import TCPClosing
import Testing

/// The kernel's answers, one datagram after the other, and what it was asked.
private final class RecordedAnswers: NetlinkSocket {
    var datagrams: [[UInt8]]
    var requests: [NetlinkMessage] = []

    init(_ datagrams: [[UInt8]]) { self.datagrams = datagrams }

    func send(_ datagram: [UInt8]) throws(SocketDiagnosticsError) {
        requests += try NetlinkMessage.messages(in: datagram)
    }

    func receive(into buffer: inout [UInt8]) throws(SocketDiagnosticsError) -> Int {
        if datagrams.isEmpty { throw .truncated }
        let datagram = datagrams.removeFirst()
        guard datagram.count <= buffer.count else { throw .truncated }
        buffer.replaceSubrange(..<datagram.count, with: datagram)
        return datagram.count
    }
}

@Suite struct `Socket diagnostics` {
    private static func answer(_ sequence: UInt32, flags: UInt16 = 2) -> [UInt8] {
        NetlinkMessage(
            type: 20, flags: flags, sequence: sequence, body: `A socket's snapshot`.timeWait
        )
        .encoded
    }

    private static func done(_ sequence: UInt32, code: UInt8 = 0) -> [UInt8] {
        let body: [UInt8] = code == 0 ? [0, 0, 0, 0] : [0 &- code, 255, 255, 255]
        return NetlinkMessage(type: 3, flags: 2, sequence: sequence, body: body).encoded
    }

    private static func error(_ sequence: UInt32, code: UInt8) -> [UInt8] {
        let body: [UInt8] = code == 0 ? [0, 0, 0, 0] : [0 &- code, 255, 255, 255]
        return NetlinkMessage(type: 2, flags: 0, sequence: sequence, body: body).encoded
    }

    private static let name = ConnectionName(
        local: Destination(address: .v4(0xc000_0201), port: 1010),
        remote: Destination(address: .v4(0xc000_0202), port: 514))

    @Test func `ask for exactly what a query says`() throws {
        let kernel = RecordedAnswers([Self.done(1)])
        var table = SocketDiagnostics(over: kernel)
        let query = SocketQuery(states: [.listening, .bound], localPort: 80, remotePort: 0x1234)
        #expect(try table.sockets(matching: query).isEmpty)
        let request = try #require(kernel.requests.first)
        #expect(request.type == 20)
        #expect(request.flags == 0x301)
        let expected: [UInt8] =
            [2, 6, 0, 0]  // IPv4, TCP
            + [0, 0x24, 0, 0]  // bits 10 and 13
            + [0, 80, 0x12, 0x34]  // ports, network order
            + [UInt8](repeating: 0, count: 36)
            + [UInt8](repeating: 255, count: 8)  // any cookie
        #expect(request.body == expected)
    }

    @Test func `ask for both families in the older form`() throws {
        let kernel = RecordedAnswers([Self.answer(1), Self.done(1)])
        var table = SocketDiagnostics(over: kernel)
        let query = SocketQuery(family: nil, states: .listening, localPort: 80)
        #expect(try table.sockets(matching: query).isEmpty)
        let request = try #require(kernel.requests.first)
        #expect(request.type == 18)
        let expected: [UInt8] =
            [0, 0, 0, 0]
            + [0, 80, 0, 0] + [UInt8](repeating: 0, count: 36)
            + [UInt8](repeating: 255, count: 8)  // any cookie
            + [0, 4, 0, 0] + [0, 0, 0, 0]  // bit 10
        #expect(request.body == expected)
    }

    @Test func `sum up a table without keeping it, from the beginning when it changed`() throws {
        let kernel = RecordedAnswers([
            Self.answer(1) + Self.answer(1, flags: 0x12), Self.done(1),
            Self.answer(2) + Self.answer(2) + Self.answer(2), Self.done(2),
        ])
        var table = SocketDiagnostics(over: kernel)
        let count = try table.reduceSockets(matching: SocketQuery(), into: 100) { sum, socket in
            sum += socket.state == .timeWait ? 1 : 0
        }
        #expect(count == 103)
    }

    @Test func `say why the kernel refused a dump`() {
        for (code, end) in [(UInt8(12), Self.done(1, code: 12)), (1, Self.error(1, code: 1))] {
            var table = SocketDiagnostics(over: RecordedAnswers([Self.answer(1), end]))
            #expect(throws: SocketDiagnosticsError.failed(Errno(rawValue: Int32(code)))) {
                try table.sockets(matching: SocketQuery())
            }
        }
    }

    @Test func `take nothing else for a socket of a dump`() {
        let other = NetlinkMessage(type: 21, flags: 2, sequence: 1, body: []).encoded
        for end in [other, Self.error(1, code: 0)] {
            var table = SocketDiagnostics(over: RecordedAnswers([end, Self.done(1)]))
            #expect(throws: SocketDiagnosticsError.self) {
                try table.sockets(matching: SocketQuery())
            }
        }
    }

    @Test func `name a connection completely`() throws {
        let kernel = RecordedAnswers([Self.answer(1)])
        var table = SocketDiagnostics(over: kernel)
        #expect(try table.socket(of: Self.name)?.state == .timeWait)
        let expected: [UInt8] =
            [2, 6, 0, 0, 255, 255, 255, 255, 0x03, 0xf2, 0x02, 0x02]
            + [192, 0, 2, 1] + [UInt8](repeating: 0, count: 12)
            + [192, 0, 2, 2] + [UInt8](repeating: 0, count: 12)
            + [0, 0, 0, 0] + [UInt8](repeating: 255, count: 8)
        #expect(kernel.requests.first?.body == expected)
    }

    @Test func `gather a dump over several datagrams`() throws {
        let kernel = RecordedAnswers([
            Self.answer(1) + Self.answer(1), Self.answer(1), Self.done(1),
        ])
        var table = SocketDiagnostics(over: kernel)
        #expect(try table.sockets(matching: SocketQuery()).count == 3)
    }

    @Test func `pass over answers to a request that was given up`() throws {
        let kernel = RecordedAnswers([
            Self.done(1, code: 12), Self.answer(1) + Self.answer(2), Self.done(1), Self.done(2),
        ])
        var table = SocketDiagnostics(over: kernel)
        #expect(throws: SocketDiagnosticsError.failed(Errno(rawValue: 12))) {
            try table.sockets(matching: SocketQuery())
        }
        #expect(try table.sockets(matching: SocketQuery()).count == 1)
    }

    @Test func `dump again when the table changed meanwhile`() throws {
        let kernel = RecordedAnswers([
            Self.answer(1, flags: 0x12), Self.done(1), Self.answer(2) + Self.answer(2),
            Self.done(2),
        ])
        var table = SocketDiagnostics(over: kernel)
        #expect(try table.sockets(matching: SocketQuery()).count == 2)
        #expect(kernel.requests.count == 2)
    }

    @Test func `give up on a table that keeps changing`() {
        let kernel = RecordedAnswers(
            (1...5).flatMap { [Self.answer($0, flags: 0x12), Self.done($0)] })
        var table = SocketDiagnostics(over: kernel)
        #expect(throws: SocketDiagnosticsError.interrupted) {
            try table.sockets(matching: SocketQuery())
        }
    }

    @Test func `say that there is no such connection`() throws {
        let kernel = RecordedAnswers([
            Self.error(1, code: 2), Self.error(2, code: 2), Self.error(3, code: 1),
        ])
        var table = SocketDiagnostics(over: kernel)
        #expect(try table.socket(of: Self.name) == nil)
        #expect(try table.destroy(Self.name) == false)
        #expect(throws: SocketDiagnosticsError.failed(.notPermitted)) {
            try table.destroy(Self.name)
        }
    }

    @Test func `take no listener for a connection of its port`() throws {
        let kernel = RecordedAnswers([Self.answer(1)])
        var table = SocketDiagnostics(over: kernel)
        var other = Self.name
        other.remote.port = 515
        #expect(try table.socket(of: other) == nil)
    }

    @Test func `wait for no answer in an empty datagram`() {
        var table = SocketDiagnostics(over: RecordedAnswers([[]]))
        #expect(throws: SocketDiagnosticsError.self) {
            try table.sockets(matching: SocketQuery())
        }
    }
}
