// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

extension PipeEnd {
    /// What one read found.
    package enum ReadResult: Hashable, Sendable {
        /// At least one byte.
        case bytes([UInt8])
        /// Nobody can write any more, and everything written has been read.
        case endOfFile
        /// Nothing was there, and the task was cancelled.
        case cancelled
    }

    /// Reads what is there, up to `count` bytes; waits while there is nothing.
    package func read(upTo count: Int) async throws(Errno) -> ReadResult {
        while true {
            if let result = try readNow(upTo: count) { return result }
            guard !Task.isCancelled, let descriptor else { return .cancelled }
            try await DescriptorMonitor.shared.wait(for: descriptor, until: .readable)
        }
    }

    /// Reads what is there, up to `count` bytes; `nil` when there is nothing now.
    package func readNow(upTo count: Int) throws(Errno) -> ReadResult? {
        guard let descriptor else { throw .badFileDescriptor }
        // Through a scratch buffer, so that a short read does not keep a long array alive.
        let result = withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) {
            buffer -> Result<[UInt8], Errno> in
            let got = Glibc.read(descriptor.rawValue, buffer.baseAddress, count)
            return got < 0 ? .failure(Errno(rawValue: errno)) : .success([UInt8](buffer[..<got]))
        }
        switch result {
        case .success(let bytes): return bytes.isEmpty ? .endOfFile : .bytes(bytes)
        case .failure(.wouldBlock), .failure(.interrupted): return nil
        case .failure(let error): throw error
        }
    }

    /// Writes all bytes, waiting while the pipe is full; stops early when the task is cancelled.
    ///
    /// Throws `Errno.brokenPipe` when nobody reads any more.
    package func write(_ bytes: [UInt8]) async throws(Errno) {
        var written = 0
        while written < bytes.count {
            guard let descriptor else { throw .badFileDescriptor }
            let result = bytes.withUnsafeBytes { buffer -> Result<Int, Errno> in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let put = Glibc.write(descriptor.rawValue, rest.baseAddress, rest.count)
                return put < 0 ? .failure(Errno(rawValue: errno)) : .success(put)
            }
            switch result {
            case .success(let put): written += put
            case .failure(.wouldBlock), .failure(.interrupted):
                guard !Task.isCancelled else { return }
                try await DescriptorMonitor.shared.wait(for: descriptor, until: .writable)
            case .failure(let error): throw error
            }
        }
    }
}
