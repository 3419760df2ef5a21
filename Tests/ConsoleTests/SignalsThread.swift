// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Sends a signal to the thread of this process that waits for it.
///
/// The main thread of a test process is from before `Signals`, does not block the signal, and would
/// be the kernel's choice. The other threads are those of the task pool, which block nearly all
/// signals, and the one that waits: all of them get it.
enum SignalsThread {
    @_silgen_name("tgkill")
    private static func kill(_ process: pid_t, _ thread: pid_t, _ signal: Int32) -> Int32

    static func send(_ signal: Int32) {
        guard let directory = opendir("/proc/self/task") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let thread = pid_t(name), thread != getpid() else { continue }
            _ = kill(getpid(), thread, signal)
        }
    }
}
