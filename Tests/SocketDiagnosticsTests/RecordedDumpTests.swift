// SPDX-License-Identifier: Apache-2.0

import DumpFuzzing
import Foundation
import SeededRandom
import SocketDiagnostics
import TCPClosing
import Testing

@Suite struct `A recorded dump` {
    private static let datagrams: [[UInt8]] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/sock-diag-dump.hex")
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { line in
                let digits = line.compactMap(\.hexDigitValue)
                return stride(from: 0, to: digits.count - 1, by: 2)
                    .map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
            }
    }()

    private static func sockets(
        in datagram: [UInt8]
    ) throws(SocketDiagnosticsError) -> [SocketSnapshot] {
        var sockets: [SocketSnapshot] = []
        for message in try NetlinkMessage.messages(in: datagram) where message.type == 20 {
            sockets.append(try SocketSnapshot(kernel: message.body))
        }
        return sockets
    }

    private static func all() throws -> [SocketSnapshot] { try datagrams.flatMap(sockets) }

    @Test func `holds every kind of socket, with its attributes`() throws {
        let all = try Self.all()
        func only(_ isIt: (SocketSnapshot) -> Bool) throws -> SocketSnapshot {
            let found = all.filter(isIt)
            try #require(found.count == 1)
            return found[0]
        }
        let dual = try only { $0.localPort == 8080 && $0.state == .listen }
        #expect(dual.isIPv6Only == false)
        #expect(dual.backlog == 7)
        #expect(dual.controlGroupID != nil)
        let only6 = try only { $0.localPort == 8443 }
        #expect(only6.isIPv6Only == true)
        #expect(only6.backlog == 3)
        let bound = try only { $0.localPort == 1010 }
        #expect(bound.state == .closed)
        #expect(bound.mark == 7)
        #expect(bound.backlog == nil)
        let timeWait = try only { $0.state == .timeWait }
        #expect(timeWait.isMiniSocket)
        #expect(timeWait.controlGroupID == nil)
        #expect(timeWait.mark == 0)
        #expect(try only { $0.state == .finWait2 }.isMiniSocket)
        #expect(try only { $0.state == .closeWait }.localAddress.unmapped == .v4(0x7f00_0001))
        #expect(all.count { $0.state == .established } == 2)
    }

    @Test func `cut off anywhere is malformed, or shorter`() throws {
        for datagram in Self.datagrams {
            let whole = try Self.sockets(in: datagram)
            for length in 0..<datagram.count {
                let sockets = try? Self.sockets(in: Array(datagram.prefix(length)))
                #expect(sockets.map { whole.starts(with: $0) } ?? true)
            }
        }
    }

    /// The same that `Scripts/fuzz` does without end, from a seed.
    @Test(arguments: 0..<4) func `changed in any way is read or refused`(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<250 {
            var bytes = Self.datagrams.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
                guard place < bytes.count else { continue }
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: bytes.removeSubrange(place...)
                case 3:
                    let end = min(bytes.count, place + Int.random(in: 0...100, using: &random))
                    bytes.insert(contentsOf: bytes[place..<end], at: place)
                case 4: bytes.removeSubrange(place..<min(bytes.count, place + 4))
                case _:
                    bytes +=
                        NetlinkMessage(type: 3, flags: 2, sequence: 1, body: [0, 0, 0, 0]).encoded
                }
            }
            #expect(FuzzedDump.fault(in: bytes) == nil)
        }
    }
}
