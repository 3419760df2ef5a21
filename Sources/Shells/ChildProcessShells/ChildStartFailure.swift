// SPDX-License-Identifier: Apache-2.0

import RunModel
import Subprocess
import SystemPackage

/// Why a child could not be started.
struct ChildStartFailure: Error, Hashable, Sendable {
    let program: String
    /// What the kernel said, where it said something.
    let errno: Errno?
    /// Whether no file of that name could be executed.
    let isNotFound: Bool

    init(_ program: String, _ error: any Error) {
        self.program = program
        let failure = error as? SubprocessError
        isNotFound = failure?.code == .executableNotFound
        errno = failure?.underlyingError ?? error as? Errno
    }

    /// Whether waiting for other children to end may help.
    var isShortage: Bool {
        switch errno {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .resourceTemporarilyUnavailable,
            .noMemory:
            true
        case _: false
        }
    }

    /// The failure as a host's outcome tells it.
    var hostFailure: HostFailure {
        if isNotFound {
            return HostFailure(
                .localResources,
                "cannot start \(program): no file of that name can be executed"
                    + (program.utf8.contains(UInt8(ascii: "/")) ? "" : " in PATH"))
        }
        let reason = errno.map { "\($0) (errno \($0.rawValue))" } ?? "unknown error"
        return HostFailure(.localResources, "cannot start \(program): \(reason)\(remedy)")
    }

    private var remedy: String {
        switch errno {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            "; raise the limit of open files (ulimit -n) or lower the fanout"
        case .resourceTemporarilyUnavailable, .noMemory:
            "; raise the limit of processes (ulimit -u) or lower the fanout"
        case _: ""
        }
    }
}
