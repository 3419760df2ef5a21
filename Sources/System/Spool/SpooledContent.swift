// SPDX-License-Identifier: Apache-2.0

/// The bytes behind one `SpooledBytes`: spilled ones first, then those still in memory.
struct SpooledContent {
    /// Spilled bytes: where they start in the content, and where they lie in the file.
    struct Extent {
        var start: Int
        var file: Range<Int>
    }

    /// Bytes in memory, and where they start in the content.
    struct Block {
        var start: Int
        var bytes: [UInt8]
    }

    /// How many bytes a block holds at most, so that growing never copies more than this.
    static let blockBytes = 65_536

    var extents: [Extent] = []
    var blocks: [Block] = []
    var count = 0
    var resident = 0
    var hasher: Hasher?

    mutating func appendToMemory(_ bytes: ArraySlice<UInt8>) {
        if let last = blocks.indices.last, blocks[last].bytes.count + bytes.count <= Self.blockBytes
        {
            blocks[last].bytes.append(contentsOf: bytes)
        } else {
            // `Array(bytes)` could share a large read buffer of which a few bytes are used.
            var own: [UInt8] = []
            own.append(contentsOf: bytes)
            blocks.append(Block(start: count, bytes: own))
        }
        resident += bytes.count
        count += bytes.count
    }

    /// Records bytes that lie at the end of the spilled part.
    mutating func appendExtent(start: Int, _ file: Range<Int>) {
        if let last = extents.indices.last, extents[last].file.upperBound == file.lowerBound {
            extents[last].file = extents[last].file.lowerBound..<file.upperBound
        } else {
            extents.append(Extent(start: start, file: file))
        }
    }

    mutating func feedHasher(_ bytes: ArraySlice<UInt8>) {
        guard hasher != nil else { return }
        bytes.withUnsafeBytes { hasher?.combine(bytes: $0) }
    }

    /// Where the content from `offset` on is found next, at most `limit` bytes of it.
    func place(of offset: Int, limit: Int) -> Place {
        precondition(offset >= 0, "an offset into spooled bytes is not negative")
        guard offset < count else { return .end }
        if let block = Self.last(in: blocks, startingAtOrBefore: offset, start: \.start) {
            let from = offset - blocks[block].start
            let end = min(blocks[block].bytes.count, from + limit)
            return .memory(blocks[block].bytes[from..<end])
        }
        guard let extent = Self.last(in: extents, startingAtOrBefore: offset, start: \.start)
        else { preconditionFailure("spooled bytes have no gaps") }
        let from = extents[extent].file.lowerBound + offset - extents[extent].start
        return .file(from..<min(extents[extent].file.upperBound, from + limit))
    }

    enum Place {
        case memory(ArraySlice<UInt8>)
        case file(Range<Int>)
        case end
    }

    private static func last<Element>(
        in list: [Element], startingAtOrBefore offset: Int, start: (Element) -> Int
    ) -> Int? {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if start(list[middle]) <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
