// SPDX-License-Identifier: Apache-2.0

import Pipes
import Subprocess
import SystemPackage

/// The process group that a child leads, while the child has not been reaped.
struct ChildGroup: Sendable {
    private let signal: @Sendable (Signal) -> Void
    /// Becomes readable when the child ends (pidfd_open(2)); `nil` where the kernel gave none.
    private let process: FileDescriptor?

    init<Input, Output, Failure>(_ execution: Execution<Input, Output, Failure>) {
        // Nobody is left to be signalled when it fails.
        signal = { try? execution.send(signal: $0, toProcessGroup: true) }
        let descriptor = execution.processIdentifier.processDescriptor
        process = descriptor < 0 ? nil : FileDescriptor(rawValue: descriptor)
    }

    /// Waits until the child has ended, or the task is cancelled.
    ///
    /// Without a process descriptor (Linux before 5.4) it returns at once: the end is then seen
    /// only after the streams' ends.
    func waitForEnd() async {
        guard let process else { return }
        try? await DescriptorMonitor.shared.waitForEnd(of: process)
    }

    /// Signals every process of the group.
    func send(_ signal: Signal) { self.signal(signal) }
}
