// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Room for bytes that may outgrow memory: one budget and one temporary file for a whole run.
///
/// Contents stay in memory while all of them together fit the budget. When they do not, the largest
/// go to the temporary file until a quarter of the budget is free again. Thousands of contents
/// share that one file and its one descriptor. The file has no name, is made when it is first
/// needed, and the ranges of dropped contents are used again.
package final class Spool: Sendable {
    /// The budget where the user names none: 64 MiB.
    package static let defaultMemoryBytes = 64 << 20

    /// How much small contents are gathered into one write.
    private static let batchBytes = 1 << 20

    private struct State: ~Copyable {
        var contents: [SpooledContent] = []
        var vacant: [Int] = []
        var resident = 0
        var extents = ExtentAllocator()
        var file: SpoolFile?
    }

    private let directory: String
    private let memoryBytes: Int
    private let state = Mutex(State())

    /// Makes an empty spool; nothing is created until the budget is used up.
    ///
    /// - Parameters:
    ///   - directory: where the temporary file would be made (`$TMPDIR`, `/var/tmp`).
    ///   - memoryBytes: the budget, 0 or more. What the allocator adds is not counted.
    package init(directory: String, memoryBytes: Int = Spool.defaultMemoryBytes) {
        precondition(memoryBytes >= 0, "a budget is not negative")
        self.directory = directory
        self.memoryBytes = memoryBytes
    }

    /// Bytes held in memory now.
    package var residentBytes: Int { state.withLock { $0.resident } }
    /// Bytes held in the temporary file now.
    package var spilledBytes: Int { state.withLock { $0.extents.used } }

    /// Makes an empty content, which keeps a hash of its bytes where it is `fingerprinted`.
    package func makeBytes(fingerprinted: Bool = false) -> SpooledBytes {
        let slot = state.withLock { state in
            let content = SpooledContent(hasher: fingerprinted ? Hasher() : nil)
            if let slot = state.vacant.popLast() {
                state.contents[slot] = content
                return slot
            }
            state.contents.append(content)
            return state.contents.count - 1
        }
        return SpooledBytes(spool: self, slot: slot)
    }

    func count(of slot: Int) -> Int { state.withLock { $0.contents[slot].count } }

    func fingerprint(of slot: Int) -> Int {
        state.withLock { $0.contents[slot].hasher?.finalize() ?? 0 }
    }

    func drop(_ slot: Int) {
        state.withLock { state in
            state.resident -= state.contents[slot].resident
            for extent in state.contents[slot].extents { state.extents.release(extent.file) }
            state.contents[slot] = SpooledContent()
            state.vacant.append(slot)
        }
    }

    func append(_ bytes: ArraySlice<UInt8>, to slot: Int) throws(SpoolError) {
        guard !bytes.isEmpty else { return }
        try state.withLock { (state) throws(SpoolError) in
            if state.resident + bytes.count > memoryBytes {
                try makeRoom(for: bytes.count, in: &state)
            }
            if state.resident + bytes.count <= memoryBytes {
                state.contents[slot].appendToMemory(bytes)
                state.resident += bytes.count
            } else {
                // Larger than the whole budget: never seen in memory, and room was made by
                // spilling everything, so this content has no bytes in memory either.
                let place = try write(Array(bytes), in: &state)
                let start = state.contents[slot].count
                state.contents[slot].appendExtent(start: start, place)
                state.contents[slot].count += bytes.count
            }
            state.contents[slot].feedHasher(bytes)
        }
    }

    func read(_ slot: Int, at offset: Int, upTo limit: Int) throws(SpoolError) -> [UInt8] {
        try state.withLock { (state) throws(SpoolError) in
            switch state.contents[slot].place(of: offset, limit: limit) {
            case .end: return []
            case .memory(let bytes): return Array(bytes)
            case .file(let range):
                guard let bytes = try state.file?.read(at: range.lowerBound, count: range.count)
                else { preconditionFailure("spilled bytes without a file") }
                return bytes
            }
        }
    }

    /// Spills the largest contents until `count` bytes fit and a quarter of the budget is free.
    ///
    /// What was written before an error stays spilled; what was not stays in memory.
    private func makeRoom(for count: Int, in state: inout State) throws(SpoolError) {
        let goal = max(0, memoryBytes - max(count, memoryBytes / 4))
        let largestFirst = state.contents.indices
            .filter { state.contents[$0].resident > 0 }
            .sorted { state.contents[$0].resident > state.contents[$1].resident }
        var batch: [Int] = []
        var batched = 0
        for slot in largestFirst where state.resident - batched > goal {
            batch.append(slot)
            batched += state.contents[slot].resident
            guard batched >= Self.batchBytes else { continue }
            try spill(batch, in: &state)
            batch = []
            batched = 0
        }
        if !batch.isEmpty { try spill(batch, in: &state) }
    }

    private func spill(_ slots: [Int], in state: inout State) throws(SpoolError) {
        let total = slots.reduce(0) { $0 + state.contents[$1].resident }
        var place = try reserve(total, in: &state)
        do {
            try writeBlocks(of: slots, at: place.lowerBound, in: state)
        } catch {
            state.extents.release(place)
            throw error
        }
        for slot in slots {
            let resident = state.contents[slot].resident
            let own = place.lowerBound..<place.lowerBound + resident
            place = own.upperBound..<place.upperBound
            state.contents[slot].appendExtent(start: state.contents[slot].count - resident, own)
            state.contents[slot].blocks = []
            state.contents[slot].resident = 0
            state.resident -= resident
        }
    }

    /// Writes what contents hold in memory one after the other, in pieces of bounded size.
    private func writeBlocks(
        of slots: [Int], at start: Int, in state: borrowing State
    ) throws(SpoolError) {
        var offset = start
        var piece: [UInt8] = []
        for slot in slots {
            for block in state.contents[slot].blocks {
                piece.append(contentsOf: block.bytes)
                guard piece.count >= Self.batchBytes else { continue }
                try state.file?.write(piece, at: offset)
                offset += piece.count
                piece.removeAll(keepingCapacity: true)
            }
        }
        if !piece.isEmpty { try state.file?.write(piece, at: offset) }
    }

    /// Takes a range of the file, which is made if this is the first.
    private func reserve(_ count: Int, in state: inout State) throws(SpoolError) -> Range<Int> {
        if state.file == nil { state.file = try SpoolFile(in: directory) }
        return state.extents.allocate(count)
    }

    private func write(_ bytes: [UInt8], in state: inout State) throws(SpoolError) -> Range<Int> {
        let place = try reserve(bytes.count, in: &state)
        do {
            try state.file?.write(bytes, at: place.lowerBound)
        } catch {
            state.extents.release(place)
            throw error
        }
        return place
    }
}
