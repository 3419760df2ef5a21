// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics

/// What must hold of the readers of netlink, whatever they are given.
package enum FuzzedDump {
    /// Has some bytes read as a datagram in an answer to a dump, in place and message by message.
    ///
    /// Does not return when a reader traps.
    ///
    /// - Returns: how the two differ, or `nil`.
    package static func fault(in bytes: [UInt8]) -> String? {
        let datagram = answering(bytes)
        var table = SocketDiagnostics(over: OneAnswer(datagram))
        let inPlace = Result { () throws(SocketDiagnosticsError) in
            try table.sockets(matching: SocketQuery())
        }
        let apart = Result { () throws(SocketDiagnosticsError) in try sockets(in: datagram) }
        switch (inPlace, apart) {
        case (.success(let one), .success(let other)):
            return one == other ? nil : "\(one.count) in place, \(other.count) apart"
        case (.failure, .failure): return nil
        case (.success, .failure(let error)): return "in place no error, apart \(error)"
        case (.failure(let error), .success): return "in place \(error), apart no error"
        }
    }

    /// The bytes with the number of the first request in most of their messages: what answers no
    /// request is passed over.
    private static func answering(_ bytes: [UInt8]) -> [UInt8] {
        var answer = bytes
        var start = 0
        while start < answer.count, let length = messageLength(answer[start...]) {
            if answer[start + 8] != 0xff {
                answer.replaceSubrange(start + 8..<start + 12, with: [1, 0, 0, 0])
            }
            start += (length + 3) & ~3
        }
        return answer
    }

    /// The same by way of whole messages, each a copy.
    private static func sockets(
        in datagram: [UInt8]
    ) throws(SocketDiagnosticsError) -> [SocketSnapshot] {
        var sockets: [SocketSnapshot] = []
        guard !datagram.isEmpty else { throw .malformed("empty") }
        var rest = datagram[...]
        while let length = rest.first.map({ _ in messageLength(rest) }) {
            guard let length else { throw .malformed("length") }
            let message = try NetlinkMessage.messages(in: Array(rest.prefix(length)))[0]
            rest = rest.dropFirst((length + 3) & ~3)
            guard message.sequence == 1 else { continue }
            if message.flags & NetlinkMessage.Flags.dumpInterrupted != 0 { throw .interrupted }
            if let code = message.errorCode, code > 0 { throw .malformed("error \(code)") }
            if message.type == NetlinkMessage.Control.done { return sockets }
            guard message.type == 20 || message.type == 18 else { throw .malformed("type") }
            let socket = try SocketSnapshot(kernel: message.body)
            sockets.append(socket)
        }
        // Its end has not come.
        throw .truncated
    }

    private static func messageLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 16 else { return nil }
        let length = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return length >= 16 && length <= bytes.count ? length : nil
    }

    /// The kernel's one answer; whoever waits for another one gets an error.
    private final class OneAnswer: NetlinkSocket {
        private var datagram: [UInt8]?

        init(_ datagram: [UInt8]) { self.datagram = datagram }

        func send(_: [UInt8]) {}

        func receive(into buffer: inout [UInt8]) throws(SocketDiagnosticsError) -> Int {
            guard let datagram, datagram.count <= buffer.count else { throw .truncated }
            buffer.replaceSubrange(..<datagram.count, with: datagram)
            self.datagram = nil
            return datagram.count
        }
    }
}
