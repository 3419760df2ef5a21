// SPDX-License-Identifier: Apache-2.0

import Glibc
import StateFiles
import SystemPackage
import Testing

@Suite struct `A state directory` {
    private let place: FilePath

    init() throws {
        var template = Array("\(TemporaryFiles.directory)/lastcall-state-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        place = FilePath(String(cString: try #require(made)))
    }

    private func mode(_ path: FilePath) -> mode_t {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `is made with those above it, for its user alone`() throws {
        let path = place.appending("a/b/c")
        let directory = try StateDirectory(path)
        let file = try directory.file("f")
        #expect(mode(path) == 0o700)
        #expect(mode(place.appending("a")) == 0o700)
        #expect(mode(file) == 0o600)
    }

    @Test func `takes rights away from others that were there before`() throws {
        let path = place.appending("open")
        #expect(path.withPlatformString { mkdir($0, 0o755) } == 0)
        let file = path.appending("f")
        try FileDescriptor.open(
            file, .writeOnly, options: .create, permissions: FilePermissions(rawValue: 0o644)
        )
        .close()
        _ = try StateDirectory(path).file("f")
        #expect(mode(path) == 0o700)
        #expect(mode(file) == 0o600)
    }

    @Test func `says which path cannot be used, and follows no link`() throws {
        let file = place.appending("plain")
        try FileDescriptor.open(
            file, .writeOnly, options: .create, permissions: .ownerReadWrite
        )
        .close()
        #expect(throws: StateDirectory.Failure(path: file.string, errno: .notDirectory)) {
            try StateDirectory(file)
        }
        let directory = try StateDirectory(place.appending("d"))
        let link = place.appending("d/link")
        #expect(symlink(file.string, link.string) == 0)
        #expect(
            throws: StateDirectory.Failure(path: link.string, errno: .tooManySymbolicLinkLevels)
        ) { try directory.file("link") }
    }

    @Test func `has locks on single bytes, which go with their holder`() throws {
        let directory = try StateDirectory(place.appending("locks"))
        let observer = try directory.lockFile("held")
        do {
            let holder = try directory.lockFile("held")
            #expect(try holder.take(7))
            #expect(try observer.isTakenByOthers(7))
            #expect(try observer.isTakenByOthers(8) == false)
            #expect(try observer.take(7) == false)
            #expect(try holder.isTakenByOthers(7) == false)
        }
        #expect(try observer.isTakenByOthers(7) == false)
        #expect(try observer.take(7))
    }
}

/// Where temporary files of tests go.
private enum TemporaryFiles {
    static var directory: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }
}
