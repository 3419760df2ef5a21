// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
package import SystemPackage
import Threads

/// An input that many read from its beginning while it still comes in.
///
/// A regular file is read where it lies. Anything else (a pipe, a terminal) is copied by a thread
/// of its own into a temporary file without a name, so that a host whose turn comes late still
/// finds the beginning; memory holds one piece.
package final class InputSpool: Sendable {
    /// What reading found.
    package enum Found: Sendable {
        case bytes([UInt8])
        /// Nothing yet; more may come.
        case nothing
        case end
    }

    private struct State {
        var length = 0
        var isComplete = false
        var failure: SpoolError?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
    }

    private static let pieceLength = 65_536

    private let source: FileDescriptor
    /// The copy, of a source that cannot be read from anywhere.
    private let copy: SpoolFile?
    private let origin: Int
    private let state: Mutex<State>

    /// Takes an input over.
    ///
    /// - Parameters:
    ///   - source: where it comes from; open for as long as this value lives.
    ///   - directory: where the temporary file is made if one is needed.
    /// - Throws: `SpoolError` when no temporary file can be made.
    package init(_ source: FileDescriptor, directory: String) throws(SpoolError) {
        self.source = source
        var status = stat()
        let position = lseek(source.rawValue, 0, SEEK_CUR)
        if fstat(source.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG, position >= 0 {
            copy = nil
            origin = Int(position)
            let length = max(0, Int(status.st_size) - Int(position))
            state = Mutex(State(length: length, isComplete: true))
            return
        }
        copy = try SpoolFile(in: directory)
        origin = 0
        state = Mutex(State())
        do throws(Errno) {
            try DetachedThread.start { self.copyAll() }
        } catch {
            throw SpoolError(.readSource, in: "standard input", error)
        }
    }

    /// The length in bytes, once the end is known.
    package var finalLength: Int? {
        state.withLock { $0.isComplete && $0.failure == nil ? $0.length : nil }
    }

    /// What there is from `offset` on, at most `count` bytes.
    ///
    /// - Throws: `SpoolError` when the source cannot be read, or what it gave cannot be kept (a
    ///   full disk).
    package func read(at offset: Int, upTo count: Int) throws(SpoolError) -> Found {
        let (length, isComplete, failure) = state.withLock {
            ($0.length, $0.isComplete, $0.failure)
        }
        guard offset < length else {
            if let failure { throw failure }
            return isComplete ? .end : .nothing
        }
        let wanted = min(count, length - offset)
        switch copy {
        case .some(let copy): return .bytes(try copy.read(at: offset, count: wanted))
        case .none: return .bytes(try readSource(at: origin + offset, upTo: wanted))
        }
    }

    private func readSource(at offset: Int, upTo count: Int) throws(SpoolError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            let got = pread(source.rawValue, buffer.baseAddress, count, off_t(offset))
            if got < 0 { code = errno }
            used = max(0, got)
        }
        // A file that became shorter has ended before its time.
        guard code == 0, !bytes.isEmpty else {
            throw SpoolError(
                .readSource, in: "standard input", code == 0 ? .ioError : Errno(rawValue: code))
        }
        return bytes
    }

    /// Waits until there may be more than there was, or the task is cancelled.
    package func grown(beyond offset: Int) async {
        let name = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustWait = state.withLock { state in
                    let mustWait =
                        state.length <= offset && !state.isComplete && !Task.isCancelled
                    if mustWait { state.waiters[name] = waiter }
                    return mustWait
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: name) }?.resume()
        }
    }

    private func copyAll() {
        var offset = 0
        while true {
            do throws(SpoolError) {
                let bytes = try nextPiece()
                if bytes.isEmpty { return changed(to: offset, isComplete: true, failure: nil) }
                switch copy {
                case .some(let copy): try copy.write(bytes, at: offset)
                case .none: preconditionFailure("only what has a copy is copied")
                }
                offset += bytes.count
                changed(to: offset, isComplete: false, failure: nil)
            } catch {
                return changed(to: offset, isComplete: true, failure: error)
            }
        }
    }

    private func nextPiece() throws(SpoolError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceLength) { buffer, used in
            var got = 0
            repeat {
                got = Glibc.read(source.rawValue, buffer.baseAddress, Self.pieceLength)
                code = got < 0 ? errno : 0
            } while code == EINTR
            used = max(0, got)
        }
        if code != 0 { throw SpoolError(.readSource, in: "standard input", Errno(rawValue: code)) }
        return bytes
    }

    private func changed(to length: Int, isComplete: Bool, failure: SpoolError?) {
        let waiters = state.withLock { state in
            state.length = length
            state.isComplete = isComplete
            state.failure = failure
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
