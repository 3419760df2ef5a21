// SPDX-License-Identifier: Apache-2.0

import ShellContract

/// Input that breaks after three bytes.
struct BrokenInput: SessionInput {
    var finalLength: Int? { nil }

    func read(at offset: Int, upTo count: Int) async throws(SessionInputFailure) -> [UInt8] {
        guard offset == 0 else { throw SessionInputFailure("the disk is full") }
        return [1, 2, 3]
    }
}
