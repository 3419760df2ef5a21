// SPDX-License-Identifier: Apache-2.0

/// What stands at one place of bytes that may or may not be UTF-8 (RFC 3629 §4).
package enum UTF8Sequence: Hashable {
    /// One scalar, and how many bytes it takes.
    case scalar(Unicode.Scalar, length: Int)
    /// The bytes end before the sequence does; more could make it whole.
    case incomplete
    /// The byte is not UTF-8.
    case invalid

    package init(in bytes: ArraySlice<UInt8>, at place: Int) {
        let lead = bytes[place]
        let length: Int
        var secondAllowed: ClosedRange<UInt8> = 0x80...0xbf
        switch lead {
        case 0x00...0x7f:
            self = .scalar(Unicode.Scalar(lead), length: 1)
            return
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, secondAllowed) = (3, 0xa0...0xbf)
        case 0xed: (length, secondAllowed) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, secondAllowed) = (4, 0x90...0xbf)
        case 0xf4: (length, secondAllowed) = (4, 0x80...0x8f)
        case 0xf1...0xf3: length = 4
        case _:
            self = .invalid
            return
        }
        var value = UInt32(lead & (0x7f >> UInt8(length)))
        for step in 1..<length {
            guard place + step < bytes.endIndex else {
                self = .incomplete
                return
            }
            let byte = bytes[place + step]
            let allowed = step == 1 ? secondAllowed : 0x80...0xbf
            guard allowed.contains(byte) else {
                self = .invalid
                return
            }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        guard let scalar = Unicode.Scalar(value) else {
            self = .invalid
            return
        }
        self = .scalar(scalar, length: length)
    }

    /// How many bytes at the end begin a sequence that more bytes could make whole, 0...3.
    package static func incompleteTail(of bytes: ArraySlice<UInt8>) -> Int {
        for length in stride(from: min(3, bytes.count), to: 0, by: -1)
        where UTF8Sequence(in: bytes, at: bytes.endIndex - length) == .incomplete {
            return length
        }
        return 0
    }

    /// Whether all bytes are UTF-8.
    package static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        var place = bytes.startIndex
        while place < bytes.endIndex {
            if bytes[place] < 0x80 {
                place += 1
                continue
            }
            guard case .scalar(_, let length) = UTF8Sequence(in: bytes, at: place) else {
                return false
            }
            place += length
        }
        return true
    }
}
