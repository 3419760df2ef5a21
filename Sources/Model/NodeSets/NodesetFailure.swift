// SPDX-License-Identifier: Apache-2.0

/// Why ClusterShell's `nodeset` would have given up; each case is reported in its own way.
package enum NodesetFailure: Error, Hashable, Sendable {
    /// A node set cannot be read.
    case nodeSet(String)
    /// A range cannot be read: what was being read, and why not.
    case range(part: String, message: String)
    /// Something outside the sets failed.
    case external(String)
    /// A group's name holds characters that are operators.
    case illegalGroupCharacters(String)
    /// The configuration of the group sources makes no sense.
    case resolver(String)
    /// There is no group source of this name.
    case unknownSource(String)
    /// The group source has no such command.
    case noUpcall(String, source: String)
    /// The command of a group source failed.
    case queryFailed(command: String)
    /// A configuration file cannot be read.
    case configuration(String)
    /// A value of the wrong kind.
    case type(String)
    /// Whatever is reported as `ERROR: …`.
    case value(String)
    /// The options are wrong; reported with the usage, exit status 2.
    case usage(String)

    /// Why a part of a node set cannot be read.
    static func parse(_ part: String, _ message: String) -> NodesetFailure {
        .nodeSet(part.isEmpty ? message : "\(message): \"\(part)\"")
    }

    /// A faulty range, as the fault of the node set it stands in.
    var inNodeSet: NodesetFailure {
        guard case .range = self else { return self }
        return .parse(text, "bad range")
    }

    /// The failure without what is put in front of it.
    package var text: String {
        switch self {
        case .nodeSet(let text), .external(let text), .illegalGroupCharacters(let text),
            .resolver(let text), .unknownSource(let text), .configuration(let text),
            .type(let text), .value(let text), .usage(let text):
            text
        case .range(let part, let message): part.isEmpty ? message : "\(message) : \"\(part)\""
        case .noUpcall(let call, _): call
        case .queryFailed(let command): command
        }
    }

    /// The line `nodeset` writes, called by the name `program`.
    package func line(for program: String) -> String {
        switch self {
        case .nodeSet, .range: "\(program): Parse error: \(text)"
        case .external: "\(program): External error: \(text)"
        case .illegalGroupCharacters: "\(program): Illegal group character: \"\(text)\""
        case .resolver: "\(program): Group resolver error: \(text)"
        case .unknownSource: "\(program): Unknown group source: \"\(text)\""
        case .noUpcall(let call, let source):
            "\(program): No \(call) upcall defined for group source \"\(source)\""
        case .queryFailed: "\(program): Group error: \(text)"
        case .configuration, .type: "\(program): \(text)"
        case .value: "ERROR: \(text)"
        case .usage: "\(program): error: \(text)"
        }
    }
}
