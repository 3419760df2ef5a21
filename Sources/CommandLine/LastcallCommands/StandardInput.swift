// SPDX-License-Identifier: Apache-2.0

import ShellContract
import Spool

/// The standard input of this process, for every host of a run.
struct StandardInput: SessionInput {
    private let spool: InputSpool

    init(_ spool: InputSpool) { self.spool = spool }

    var finalLength: Int? { spool.finalLength }

    func read(at offset: Int, upTo count: Int) async throws(SessionInputFailure) -> [UInt8] {
        while !Task.isCancelled {
            let found: InputSpool.Found
            do throws(SpoolError) {
                found = try spool.read(at: offset, upTo: count)
            } catch {
                throw SessionInputFailure("standard input: \(error)")
            }
            switch found {
            case .bytes(let bytes): return bytes
            case .end: return []
            case .nothing: await spool.grown(beyond: offset)
            }
        }
        throw SessionInputFailure("standard input: the session was cancelled")
    }
}
