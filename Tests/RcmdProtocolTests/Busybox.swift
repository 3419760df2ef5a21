// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Programs of busybox under their own names, in a directory that stays for the process's life and
/// in which tested commands run.
enum Busybox {
    /// Where `sh` and `head` are busybox's.
    static let directory: String = {
        var template = Array("/tmp/lastcall-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return "/nonexistent" }
        let path = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        for name in ["sh", "head"] { symlink("/usr/bin/busybox", "\(path)/\(name)") }
        atexit {
            for name in ["sh", "head", "1", "2"] { unlink("\(Busybox.directory)/\(name)") }
            rmdir(Busybox.directory)
        }
        return path
    }()

    static var shell: String { "\(directory)/sh" }
}
