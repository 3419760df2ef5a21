// SPDX-License-Identifier: Apache-2.0

import Console
import Glibc
import SystemPackage
import Testing

@Suite struct `An output writer` {
    /// A writer whose thread gets errors instead of SIGPIPE, as the program's does.
    private static func writer() -> OutputWriter {
        var (pipe, before) = (sigset_t(), sigset_t())
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipe, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return OutputWriter()
    }

    private static func readAll(_ descriptor: FileDescriptor) throws -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try piece.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if count == 0 { return all }
            all += piece[..<count]
        }
    }

    /// How many bytes a pipe takes before it is full.
    private static func fill(_ pipe: FileDescriptor) -> Int {
        let flags = fcntl(pipe.rawValue, F_GETFL)
        _ = fcntl(pipe.rawValue, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(pipe.rawValue, F_SETFL, flags) }
        var total = 0
        let piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = write(pipe.rawValue, piece, piece.count)
            if count < 0 { return total }
            total += count
        }
    }

    @Test func `keeps the order of all that goes to one file, by whichever stream`() async throws {
        let (reader, out) = try FileDescriptor.pipe()
        let error = try out.duplicate()
        let writer = Self.writer()
        var expected = ""
        for number in 0..<2_000 {
            let text = "\(number)\n"
            writer.write(Array(text.utf8), to: number.isMultiple(of: 3) ? error : out)
            expected += text
        }
        await writer.drain()
        try out.close()
        try error.close()
        #expect(String(decoding: try Self.readAll(reader), as: UTF8.self) == expected)
        try reader.close()
    }

    @Test(arguments: [false, true])
    func `lets writers wait while a reader is slow, and loses nothing`(
        nonBlocking: Bool
    ) async throws {
        let (reader, out) = try FileDescriptor.pipe()
        if nonBlocking { _ = fcntl(out.rawValue, F_SETFL, O_WRONLY | O_NONBLOCK) }
        let writer = Self.writer()
        let piece = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        var count = 0
        while !writer.isBehind {
            writer.write(piece, to: out)
            count += 1
        }
        #expect(count * piece.count > OutputWriter.backlogLimit)
        async let ready: Void = writer.ready()
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while all.count < count * piece.count {
            let got = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
            all += buffer[..<got]
        }
        await ready
        await writer.drain()
        #expect(!writer.isBehind)
        #expect(all == Array(repeatElement(piece, count: count).joined()))
        #expect(writer.loss(of: out) == nil)
        try reader.close()
        try out.close()
    }

    @Test func `counts what a stream without a reader loses, and serves the other`() async throws {
        let (gone, out) = try FileDescriptor.pipe()
        try gone.close()
        let (reader, error) = try FileDescriptor.pipe()
        let writer = Self.writer()
        for _ in 0..<10 {
            writer.write(Array(repeating: 1, count: 100), to: out)
            writer.write([2], to: error)
        }
        await writer.drain()
        #expect(writer.loss(of: out)?.code == .brokenPipe)
        #expect(writer.loss(of: out)?.byteCount == 1_000)
        #expect(writer.loss(of: error) == nil)
        try error.close()
        #expect(try Self.readAll(reader) == Array(repeating: 2, count: 10))
        try out.close()
        try reader.close()
    }

    @Test func `counts what a full disk does not take`() async throws {
        let full = try FileDescriptor.open("/dev/full", .writeOnly)
        let writer = Self.writer()
        writer.write([1, 2, 3], to: full)
        await writer.drain()
        writer.write([4], to: full)
        await writer.drain()
        #expect(writer.loss(of: full)?.code == .noSpace)
        #expect(writer.loss(of: full)?.byteCount == 4)
        try full.close()
    }

    @Test func `counts what was left when the reader went away in between`() async throws {
        let (reader, out) = try FileDescriptor.pipe()
        let writer = Self.writer()
        let taken = Self.fill(out)
        writer.write(Array(repeating: 1, count: 1_000), to: out)
        // The thread hangs in write(2) until the reader goes.
        try reader.close()
        await writer.drain()
        #expect(taken > 0)
        #expect(writer.loss(of: out)?.code == .brokenPipe)
        #expect(writer.loss(of: out)?.byteCount == 1_000)
        try out.close()
    }

    @Test func `lets those go whose task is cancelled, and no others`() async throws {
        let (reader, out) = try FileDescriptor.pipe()
        let writer = Self.writer()
        let amount = OutputWriter.backlogLimit + 1_000_000
        writer.write(Array(repeating: 1, count: amount), to: out)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await writer.drain()
                return !writer.isBehind
            }
            await withTaskGroup(of: Void.self) { cancelled in
                for _ in 0..<10 {
                    cancelled.addTask { await writer.ready() }
                    cancelled.addTask { await writer.drain() }
                }
                cancelled.cancelAll()
            }
            #expect(writer.isBehind, "they were let go, and not served")
            group.addTask {
                var left = amount
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while left > 0 {
                    left -= try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
                }
                return true
            }
            for try await result in group { #expect(result, "drained too early") }
        }
        try reader.close()
        try out.close()
    }

    @Test func `has nothing to wait for when nothing was written`() async {
        let writer = Self.writer()
        writer.write([], to: FileDescriptor(rawValue: -1))
        await writer.ready()
        await writer.drain()
        #expect(writer.loss(of: FileDescriptor(rawValue: -1)) == nil)
    }
}
