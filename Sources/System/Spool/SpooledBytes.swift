// SPDX-License-Identifier: Apache-2.0

/// A growing run of bytes in a spool; its room is given back when the last reference goes.
package final class SpooledBytes: Sendable {
    /// What a read returns at most where the caller names no limit.
    package static let readBytes = 65_536

    private let spool: Spool
    private let slot: Int

    init(spool: Spool, slot: Int) {
        self.spool = spool
        self.slot = slot
    }

    deinit { spool.drop(slot) }

    /// How many bytes were appended.
    package var count: Int { spool.count(of: slot) }

    /// A hash of the bytes, however they were cut when they were appended.
    ///
    /// Seeded per process: for finding candidates, never proof of equality. 0 for contents made
    /// without one.
    package var fingerprint: Int { spool.fingerprint(of: slot) }

    /// Appends bytes, all of them or, when it throws, none.
    package func append(_ bytes: ArraySlice<UInt8>) throws(SpoolError) {
        try spool.append(bytes, to: slot)
    }

    /// Reads some bytes from an offset on: at least one, unless the offset is the end.
    package func read(
        at offset: Int, upTo limit: Int = SpooledBytes.readBytes
    ) throws(SpoolError) -> [UInt8] {
        precondition(limit > 0, "a read asks for at least one byte")
        return try spool.read(slot, at: offset, upTo: limit)
    }

    /// Whether two contents hold the same bytes; compares the bytes, in bounded pieces.
    package func hasSameBytes(as other: SpooledBytes) throws(SpoolError) -> Bool {
        if self === other { return true }
        guard count == other.count else { return false }
        var offset = 0
        while offset < count {
            let ours = try read(at: offset)
            var compared = 0
            while compared < ours.count {
                let theirs = try other.read(at: offset + compared, upTo: ours.count - compared)
                guard ours[compared..<compared + theirs.count] == theirs[...] else { return false }
                compared += theirs.count
            }
            offset += compared
        }
        return true
    }
}
