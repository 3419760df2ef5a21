// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
    /// The integer at an offset, in the machine's byte order as netlink has it (netlink(7)); `nil`
    /// when the bytes end before it does.
    package func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _: Value.Type, at offset: Int
    ) -> Value? {
        guard offset >= 0, offset <= byteCount - MemoryLayout<Value>.size else { return nil }
        return unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
    }

    /// The integer at an offset, in network byte order; `nil` when the bytes end before it does.
    package func networkInteger<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int
    ) -> Value? {
        integer(type, at: offset).map(Value.init(bigEndian:))
    }
}

extension [UInt8] {
    /// Appends an integer in the machine's byte order.
    package mutating func append(integer value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
    }

    /// Appends an integer in network byte order.
    package mutating func append(networkInteger value: some FixedWidthInteger) {
        append(integer: value.bigEndian)
    }

    /// Appends zeros up to a multiple of four bytes, as netlink aligns (netlink(7)).
    package mutating func align() {
        while count % 4 != 0 { append(0) }
    }
}
