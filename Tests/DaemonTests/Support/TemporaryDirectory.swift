// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An empty directory of its own, gone with its last owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/lastcall-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw NoDirectory(errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { rmdir(path) }

    struct NoDirectory: Error { let errno: Int32 }
}
