// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What the journal keeps of a run.
struct JournalOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Record the run, or do not; the default records where the journal can be opened.")
    var journal: Bool?

    @Flag(help: "Record the run without what the hosts print.")
    var noOutputJournal = false

    @Option(
        name: .customLong("journal-host-limit"),
        help: ArgumentHelp(
            "Bytes of one host's output to record at most: 64K, 16M, 1G. (default: 16M)",
            valueName: "size"),
        transform: SizeArgument.parse)
    var hostLimit = SizeArgument(bytes: 16 << 20)

    @Option(
        name: .customLong("journal-run-limit"),
        help: ArgumentHelp(
            "Bytes of all hosts' output to record at most. (default: 1G)", valueName: "size"),
        transform: SizeArgument.parse)
    var runLimit = SizeArgument(bytes: 1 << 30)
}

/// A number of bytes on the command line.
struct SizeArgument: Hashable, Sendable {
    var bytes: Int

    /// Reads `512`, `64K`, `16M`, `1G` (powers of 1,024).
    static func parse(_ text: String) throws -> SizeArgument {
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = text.last.flatMap { shifts[$0] }
        let digits = shift == nil ? text[...] : text.dropLast()
        guard let number = Int(digits), number >= 0, number <= Int.max >> (shift ?? 0) else {
            throw ValidationError("'\(text)' is no size: 512, 64K, 16M, 1G")
        }
        return SizeArgument(bytes: number << (shift ?? 0))
    }
}
