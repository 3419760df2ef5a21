// SPDX-License-Identifier: Apache-2.0

/// The hosts a person chose with `-w` and `-x`.
///
/// An argument is an expression: the items of a `HostPattern`; `^file`, the hosts in a file, or `^-`,
/// those on the standard input (the argument `-` alone is the standard input too; a path runs to the
/// next comma); groups, `@web` and `@racks:r[1-4]`; patterns that known hosts are compared with,
/// `web*` and `/^web/`; and between them `,` and `!` (without), `&` (in both), `^` (in one of them),
/// from left to right, with parentheses.
///
/// A file holds expressions with blanks or line ends in between. `#` begins a comment that runs to the
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
    ///   - names: the arguments of `-g`, in order: names of groups, with commas in between.
    ///   - excluded: the arguments of `-x`, in order.
    ///   - limits: how much the arguments and files may ask for.
    ///   - read: the bytes of a file or the standard input, which is asked for at most once. The
    ///     error it throws is described to the user.
    ///   - groups: the words that stand for a group. The error it throws is described to the user.
    /// - Throws: `HostSelectionFault` for the first fault, `-w` before `-x`.
    public init(
        including included: [String], andGroups names: [String] = [],
        excluding excluded: [String] = [], limits: HostLimits = HostLimits(),
        reading read: @escaping (HostListPath) throws -> [UInt8],
        groups: @escaping (HostGroupQuery) throws -> [String] = Self.noGroups
    ) throws(HostSelectionFault) {
        var resolution = HostResolution(limits: limits, reading: read, groups: groups)
        var named = HostSet()
        for argument in included {
            named.formUnion(try resolution.hosts(of: argument, option: "-w"))
        }
        for argument in names {
            for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
                let word = name.hasPrefix("@") ? String(name) : "@\(name)"
                named.formUnion(try resolution.hosts(of: word, option: "-g"))
            }
        }
        resolution.beginList()
        var exclusions = HostSet()
        for argument in excluded {
            exclusions.formUnion(try resolution.hosts(of: argument, option: "-x"))
        }
        hosts = named.subtracting(exclusions)
        excludedCount = named.count - hosts.count
        let names = exclusions.isEmpty ? [] : Set(named.lazy.map(\.name))
        unmatchedExclusions = HostSet(
            exclusions.lazy.filter { exclusion in
                let isNameOnly = exclusion.user == nil && exclusion.port == nil
                return isNameOnly ? !names.contains(exclusion.name) : !named.contains(exclusion)
            })
    }

    /// Where there are no group sources.
    public static func noGroups(_ query: HostGroupQuery) throws -> [String] { throw NoGroups() }
}

/// A group was asked for where there are no sources of groups.
public struct NoGroups: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a person is told.
    public var description: String { "there is no source of groups" }
}
