// SPDX-License-Identifier: Apache-2.0

import ShellContract
import Synchronization

/// Holds tasks until it is opened.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>(
        (false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Input that breaks after three bytes.
struct BrokenInput: SessionInput {
    var finalLength: Int? { nil }

    func read(at offset: Int, upTo count: Int) async throws(SessionInputFailure) -> [UInt8] {
        guard offset == 0 else { throw SessionInputFailure("the disk is full") }
        return [1, 2, 3]
    }
}
