// SPDX-License-Identifier: Apache-2.0

/// The hosts a person chose with `-w` and `-x`.
///
/// An argument is a `HostPattern`, in which an item may also be `^file`, the hosts in a file, or
/// `^-`, those on the standard input; the argument `-` alone is the standard input too. A path runs
/// to the next comma.
///
/// A file holds patterns with blanks or line ends in between. `#` begins a comment that runs to the
/// end of the line. A line `#include FILE` stands for the hosts in that file, relative to the
/// including one. Line ends may be LF or CRLF, and a UTF-8 byte order mark is skipped.
///
/// Every `-x` applies to all hosts of every `-w`, wherever it stands among them; `HostSet`'s
/// `subtracting` says what an entry takes out. Nothing selected is not a fault: see whether `hosts`
/// is empty, and `excludedCount` for why.
public struct HostSelection: Hashable, Sendable {
    /// How deep files may include files.
    public static let maximumIncludeDepth = 16
    /// How many files one selection may read.
    public static let maximumFileCount = 10_000

    /// The hosts in the order they were first named, without the excluded.
    public let hosts: HostSet
    /// How many hosts were named and then excluded.
    public let excludedCount: Int
    /// The exclusions that took nothing out; often a misspelling.
    public let unmatchedExclusions: HostSet

    /// Resolves the arguments.
    ///
    /// - Parameters:
    ///   - included: the arguments of `-w`, in order.
    ///   - excluded: the arguments of `-x`, in order.
    ///   - read: the bytes of a file or the standard input, which is asked for at most once. The
    ///     error it throws is described to the user.
    /// - Throws: `HostSelectionFault` for the first fault, `-w` before `-x`.
    public init(
        including included: [String], excluding excluded: [String] = [],
        reading read: (HostListPath) throws -> [UInt8]
    ) throws(HostSelectionFault) {
        var reader = HostListReader()
        var templates: [HostTemplate] = []
        for argument in included {
            try reader.read(argument, of: "-w", into: &templates, reading: read)
        }
        let namedCount = reader.count
        reader.beginList()
        var exclusionTemplates: [HostTemplate] = []
        for argument in excluded {
            try reader.read(argument, of: "-x", into: &exclusionTemplates, reading: read)
        }
        let named = HostSet(expanding: templates, count: namedCount)
        let exclusions = HostSet(expanding: exclusionTemplates, count: reader.count)
        hosts = named.subtracting(exclusions)
        excludedCount = named.count - hosts.count
        let names = exclusions.isEmpty ? [] : Set(named.lazy.map(\.name))
        unmatchedExclusions = HostSet(
            exclusions.lazy.filter { exclusion in
                let isNameOnly = exclusion.user == nil && exclusion.port == nil
                return isNameOnly ? !names.contains(exclusion.name) : !named.contains(exclusion)
            })
    }
}
