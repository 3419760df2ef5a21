// SPDX-License-Identifier: Apache-2.0

/// Turns arguments into hosts: names, files, groups, patterns and the operators between them.
///
/// Files and groups are read through the two closures; nothing else is. What each of them throws is
/// described to the user.
public struct HostResolution {
    private var reader: HostListReader
    private var ranged: HostEvaluation<HostRanges>
    private var ordered: HostEvaluation<HostSet>
    private let read: (HostListPath) throws -> [UInt8]

    /// - Parameters:
    ///   - limits: how much the texts may ask for.
    ///   - read: the bytes of a file or the standard input, which is asked for at most once.
    ///   - groups: the words that stand for a group: names, patterns, other groups.
    public init(
        limits: HostLimits = HostLimits(),
        reading read: @escaping (HostListPath) throws -> [UInt8],
        groups: @escaping (HostGroupQuery) throws -> [String]
    ) {
        self.read = read
        reader = HostListReader(limits: limits)
        ranged = HostEvaluation(limits: limits, groups: groups)
        ordered = HostEvaluation(limits: limits, groups: groups)
    }

    /// The hosts of an argument, in ranges; faults name the option it belongs to, such as `-w`.
    public mutating func ranges(
        of argument: String, option: String
    ) throws(HostSelectionFault) -> HostRanges {
        let text = HostListText(argument: argument, option: option)
        return try ranged.value(of: try reader.read(text, reading: read), in: text)
    }

    /// The hosts of an argument, in the order they are named; faults name the option it belongs to, such as `-w`.
    public mutating func hosts(
        of argument: String, option: String
    ) throws(HostSelectionFault) -> HostSet {
        let text = HostListText(argument: argument, option: option)
        return try ordered.value(of: try reader.read(text, reading: read), in: text)
    }

    /// Counts hosts from 0 again, for a list of its own.
    mutating func beginList() { reader.beginList() }
}
