// SPDX-License-Identifier: Apache-2.0

/// Takes the status mark out of a byte stream, however the stream is cut into pieces.
///
/// All other bytes pass unchanged and in order, also those after the mark (a background process may
/// outlive the command). At most one mark's length of bytes is held back until the next piece.
package struct StatusScanner: Hashable, Sendable {
    private let marker: StatusMarker
    /// The start of what may become a mark.
    private var held: [UInt8] = []
    /// The exit status, 0...255, once the mark has come.
    package private(set) var status: Int?

    package init(_ marker: StatusMarker) { self.marker = marker }

    /// Takes a piece of the stream.
    ///
    /// - Returns: the bytes to deliver.
    package mutating func received(_ bytes: [UInt8]) -> [UInt8] {
        guard status == nil else { return bytes }
        if held.isEmpty, bytes.firstIndex(of: StatusMarker.separator) == nil { return bytes }
        let all = held + bytes
        held = []
        return scan(all)
    }

    /// The stream has ended.
    ///
    /// - Returns: what was held back, as it never became a mark.
    package mutating func ended() -> [UInt8] {
        defer { held = [] }
        return held
    }

    private mutating func scan(_ all: [UInt8]) -> [UInt8] {
        var delivered: [UInt8] = []
        var rest = all[...]
        while let start = rest.firstIndex(of: StatusMarker.separator) {
            delivered += rest[..<start]
            rest = rest[start...]
            switch match(rest) {
            case .mark(let status, let length):
                self.status = status
                delivered += rest[(start + length)...]
                return delivered
            case .incomplete:
                held = Array(rest)
                return delivered
            case .other:
                delivered.append(StatusMarker.separator)
                rest = rest[(start + 1)...]
            }
        }
        delivered += rest
        return delivered
    }

    private enum Match {
        case mark(status: Int, length: Int)
        case incomplete
        case other
    }

    /// Whether a mark stands at the start of these bytes.
    private func match(_ bytes: ArraySlice<UInt8>) -> Match {
        let prefix = marker.prefix
        guard bytes.count >= prefix.count else {
            return prefix.starts(with: bytes) ? .incomplete : .other
        }
        guard bytes.starts(with: prefix) else { return .other }
        let rest = bytes.dropFirst(prefix.count).prefix(StatusMarker.longestReport + 1)
        guard let end = rest.firstIndex(of: StatusMarker.separator) else {
            return rest.count > StatusMarker.longestReport ? .other : .incomplete
        }
        guard let status = StatusMarker.status(reported: rest[..<end]) else { return .other }
        return .mark(status: status, length: end + 1 - bytes.startIndex)
    }
}
