// SPDX-License-Identifier: Apache-2.0

import Pipes
import SystemPackage

/// The three standard streams of one child: our ends and the child's.
struct ChildStreams: Sendable {
    /// Where the child's input is written, or `nil` when it reads `/dev/null`.
    let input: PipeEnd?
    let output: PipeEnd
    let error: PipeEnd
    private let theirs: [PipeEnd]

    let theirInput: FileDescriptor
    let theirOutput: FileDescriptor
    let theirError: FileDescriptor

    init(withInput: Bool) throws(Errno) {
        let output = try PipeEnd.readByUs()
        let error = try PipeEnd.readByUs()
        let input: PipeEnd?
        let read: PipeEnd
        if withInput {
            (input, read) = try PipeEnd.writtenByUs()
        } else {
            (input, read) = (nil, try PipeEnd.nullDevice())
        }
        guard let theirInput = read.descriptor, let theirOutput = output.theirs.descriptor,
            let theirError = error.theirs.descriptor
        else { throw .badFileDescriptor }
        self.input = input
        self.output = output.ours
        self.error = error.ours
        theirs = [read, output.theirs, error.theirs]
        self.theirInput = theirInput
        self.theirOutput = theirOutput
        self.theirError = theirError
    }

    /// Closes the child's ends in this process, so that the streams can end.
    func closeTheirs() {
        for end in theirs { end.close() }
    }
}
