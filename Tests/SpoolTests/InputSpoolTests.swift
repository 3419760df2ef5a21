// SPDX-License-Identifier: Apache-2.0

import Spool
import SystemPackage
import Testing

@Suite struct `An input spool` {
    /// A file without a name that holds this.
    private static func file(_ text: String, at offset: Int64 = 0) throws -> FileDescriptor {
        let file = try FileDescriptor.open(
            "/tmp", .readWrite, options: FileDescriptor.OpenOptions(rawValue: 0o20_200_000),
            permissions: .ownerReadWrite)
        try file.writeAll(text.utf8)
        try file.seek(offset: offset, from: .start)
        return file
    }

    /// Reads from the beginning to the end, waiting for what has not come.
    private static func everything(
        of spool: InputSpool, upTo limit: Int = 1_000
    ) async throws
        -> [UInt8]
    {
        var all: [UInt8] = []
        while true {
            switch try spool.read(at: all.count, upTo: limit) {
            case .bytes(let bytes):
                #expect(!bytes.isEmpty && bytes.count <= limit)
                all += bytes
            case .nothing: await spool.grown(beyond: all.count)
            case .end: return all
            }
        }
    }

    @Test(arguments: [0, 1, 5])
    func `reads a regular file where it lies, from where it stands`(offset: Int) async throws {
        let file = try Self.file("hello", at: Int64(offset))
        defer { try? file.close() }
        let spool = try InputSpool(file, directory: "/nonexistent/place")
        #expect(spool.finalLength == 5 - offset)
        for limit in [1, 3, 100] {
            #expect(
                try await Self.everything(of: spool, upTo: limit)
                    == Array("hello".utf8.dropFirst(offset)))
        }
        #expect(try file.seek(offset: 0, from: .current) == Int64(offset), "the file is not moved")
    }

    @Test func `has nothing of a file that stands behind its end`() async throws {
        let file = try Self.file("hello", at: 50)
        defer { try? file.close() }
        let spool = try InputSpool(file, directory: "/tmp")
        #expect(spool.finalLength == 0)
        #expect(try await Self.everything(of: spool) == [])
    }

    @Test func `does not take a file that was cut short for a whole one`() async throws {
        let file = try Self.file("hello, world")
        defer { try? file.close() }
        let spool = try InputSpool(file, directory: "/tmp")
        try file.resize(to: 5)
        let error = await #expect(throws: SpoolError.self) {
            try await Self.everything(of: spool)
        }
        #expect(error?.description == "cannot read standard input: Input/output error")
    }

    @Test func `gives every reader a pipe from its beginning, while it grows`() async throws {
        let (source, writer) = try FileDescriptor.pipe()
        let spool = try InputSpool(source, directory: "/tmp")
        #expect(spool.finalLength == nil)
        let pieces = (0..<50)
            .map { piece in
                (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ piece) }
            }
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for number in 0..<8 {
                group.addTask { try await Self.everything(of: spool, upTo: 3_000 + number) }
            }
            for piece in pieces { try writer.writeAll(piece) }
            try writer.close()
            for try await all in group { #expect(all == Array(pieces.joined())) }
        }
        #expect(spool.finalLength == 500_000)
        #expect(try await Self.everything(of: spool) == Array(pieces.joined()), "late, and all")
        try source.close()
    }

    @Test func `has nothing yet, then bytes, then an end`() async throws {
        let (source, writer) = try FileDescriptor.pipe()
        let spool = try InputSpool(source, directory: "/tmp")
        guard case .nothing = try spool.read(at: 0, upTo: 10) else {
            Issue.record("bytes out of nothing")
            return
        }
        try writer.writeAll([1])
        await spool.grown(beyond: 0)
        guard case .bytes([1]) = try spool.read(at: 0, upTo: 10),
            case .nothing = try spool.read(at: 1, upTo: 10)
        else {
            Issue.record("not the byte that was written")
            return
        }
        try writer.close()
        await spool.grown(beyond: 1)
        guard case .end = try spool.read(at: 1, upTo: 10) else {
            Issue.record("no end")
            return
        }
        #expect(spool.finalLength == 1)
        try source.close()
    }

    @Test func `lets those go who wait and are cancelled, and no others`() async throws {
        let (source, writer) = try FileDescriptor.pipe()
        let spool = try InputSpool(source, directory: "/tmp")
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await Self.everything(of: spool) }
            await withTaskGroup(of: Void.self) { cancelled in
                for _ in 0..<20 { cancelled.addTask { await spool.grown(beyond: 0) } }
                cancelled.cancelAll()
            }
            #expect(spool.finalLength == nil)
            try writer.writeAll([1, 2])
            try writer.close()
            for try await all in group { #expect(all == [1, 2]) }
        }
        try source.close()
    }

    @Test func `says that it cannot be read`() async throws {
        let directory = try FileDescriptor.open("/tmp", .readOnly)
        defer { try? directory.close() }
        let spool = try InputSpool(directory, directory: "/tmp")
        let error = await #expect(throws: SpoolError.self) {
            try await Self.everything(of: spool)
        }
        #expect(error?.description == "cannot read standard input: Is a directory")
        #expect(spool.finalLength == nil, "there is no end")
    }

    @Test func `says where it cannot keep a pipe`() throws {
        let (source, writer) = try FileDescriptor.pipe()
        defer {
            try? source.close()
            try? writer.close()
        }
        let error = #expect(throws: SpoolError.self) {
            try InputSpool(source, directory: "/nonexistent/place")
        }
        #expect(
            error?.description == "cannot create a temporary file in /nonexistent/place: "
                + "No such file or directory")
    }
}
