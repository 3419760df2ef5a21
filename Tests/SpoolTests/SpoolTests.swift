// SPDX-License-Identifier: Apache-2.0

import Foundation
import SeededRandom
import Spool
import SystemPackage
import Testing

@Suite struct `Spooled bytes` {
    let directory = "/tmp"

    @Test(arguments: [0, 1, 100, 5_000, 1 << 20])
    func `come back as they were appended, whatever the budget`(budget: Int) throws {
        var random = Seeded(seed: UInt64(budget))
        let spool = Spool(directory: directory, memoryBytes: budget)
        var contents: [(bytes: SpooledBytes, expected: [UInt8])] = []
        for step in 0..<600 {
            if contents.isEmpty || Int.random(in: 0..<8, using: &random) == 0 {
                contents.append((spool.makeBytes(), []))
            }
            let index = Int.random(in: contents.indices, using: &random)
            if step % 17 == 0 {
                contents.remove(at: index)
                continue
            }
            let length = Int.random(in: 0..<(step % 50 == 0 ? 20_000 : 300), using: &random)
            let piece = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            try contents[index].bytes.append(piece[...])
            contents[index].expected += piece
            #expect(spool.residentBytes <= budget)
        }
        for (bytes, expected) in contents {
            #expect(bytes.count == expected.count)
            #expect(try everything(of: bytes) == expected)
            #expect(try everything(of: bytes, upTo: 7) == expected)
        }
        #expect(
            spool.residentBytes + spool.spilledBytes
                == contents.reduce(0) { $0 + $1.expected.count })
        contents = []
        #expect(spool.residentBytes == 0)
        #expect(spool.spilledBytes == 0)
    }

    @Test func `of the largest contents leave memory first`() throws {
        let spool = Spool(directory: directory, memoryBytes: 1_000)
        let small = spool.makeBytes()
        let large = spool.makeBytes()
        try small.append(Array(repeating: 1, count: 100)[...])
        try large.append(Array(repeating: 2, count: 850)[...])
        try small.append(Array(repeating: 3, count: 100)[...])
        #expect(spool.residentBytes == 200)
        #expect(spool.spilledBytes == 850)
    }

    @Test func `are equal only when every byte is`() throws {
        let spool = Spool(directory: directory, memoryBytes: 150_000)
        let original = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let first = spool.makeBytes(fingerprinted: true)
        try first.append(original[...])
        for changed in [nil, 0, 65_535, 65_536, 99_999] {
            var copy = original
            if let changed { copy[changed] ^= 1 }
            let second = spool.makeBytes(fingerprinted: true)
            for start in stride(from: 0, to: copy.count, by: 999) {
                try second.append(copy[start..<min(start + 999, copy.count)])
            }
            #expect(try first.hasSameBytes(as: second) == (changed == nil))
            #expect((first.fingerprint == second.fingerprint) == (changed == nil))
        }
    }

    @Test func `that find no directory say which`() throws {
        let spool = Spool(directory: "/nonexistent/place", memoryBytes: 4)
        let bytes = spool.makeBytes()
        try bytes.append([1, 2, 3])
        let error = try #require(throws: SpoolError.self) { try bytes.append([4, 5]) }
        #expect(error == SpoolError(.create, in: "/nonexistent/place", .noSuchFileOrDirectory))
        #expect(
            error.description == "cannot create a temporary file in /nonexistent/place: "
                + "No such file or directory")
        #expect(try everything(of: bytes) == [1, 2, 3], "nothing that was taken is lost")
    }

    @Test func `that meet a full disk say what helps`() {
        let error = SpoolError(.write, in: "/var/tmp", .noSpace)
        #expect(
            error.description == "cannot write to a temporary file in /var/tmp: "
                + "No space left on device (set TMPDIR to a larger file system)")
    }

    @Test func `of many threads share one spool`() async throws {
        let spool = Spool(directory: directory, memoryBytes: 10_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let bytes = spool.makeBytes()
                    for round in 0..<100 {
                        try bytes.append(
                            Array(repeating: UInt8(task), count: 100 + round)[...])
                    }
                    let all = try everything(of: bytes)
                    #expect(all == Array(repeating: UInt8(task), count: 14_950))
                }
            }
            try await group.waitForAll()
        }
        #expect(spool.residentBytes + spool.spilledBytes == 0)
    }

    @Test func `need one descriptor for thousands of contents, and leave no name behind`() throws {
        let before = try descriptorsOnDeletedSpools()
        let spool = Spool(directory: directory, memoryBytes: 0)
        let contents = (0..<2_000).map { _ in spool.makeBytes() }
        for bytes in contents { try bytes.append([1]) }
        #expect(try descriptorsOnDeletedSpools() <= before + 1 + 16, "16 for tests beside this one")
        #expect(spool.spilledBytes == 2_000)
        withExtendedLifetime(contents) {}
    }
}

@Suite struct `Extents of the spill file` {
    @Test(arguments: 0..<40)
    func `never overlap, and what is released is used again`(seed: UInt64) {
        var random = Seeded(seed: seed)
        var allocator = ExtentAllocator()
        var taken: [Range<Int>] = []
        for _ in 0..<300 {
            if taken.isEmpty || Bool.random(using: &random) {
                let range = allocator.allocate(Int.random(in: 1...50, using: &random))
                #expect(!taken.contains { $0.overlaps(range) })
                taken.append(range)
            } else {
                allocator.release(
                    taken.remove(at: Int.random(in: taken.indices, using: &random)))
            }
            #expect(allocator.used == taken.reduce(0) { $0 + $1.count })
            #expect(allocator.end == taken.map(\.upperBound).max() ?? 0)
            #expect(
                zip(allocator.free, allocator.free.dropFirst())
                    .allSatisfy {
                        $0.upperBound < $1.lowerBound
                    })
        }
        for range in taken { allocator.release(range) }
        #expect(allocator == ExtentAllocator())
    }
}

/// The bytes of a content, read in pieces.
private func everything(of bytes: SpooledBytes, upTo limit: Int = 65_536) throws -> [UInt8] {
    var all: [UInt8] = []
    while true {
        let piece = try bytes.read(at: all.count, upTo: limit)
        if piece.isEmpty { return all }
        #expect(piece.count <= limit)
        all += piece
    }
}

/// How many descriptors of this process lead to files without a name.
private func descriptorsOnDeletedSpools() throws -> Int {
    let folder = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder)
        .count { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "\(folder)/\(name)")
            return target?.hasSuffix("(deleted)") ?? false
        }
}
