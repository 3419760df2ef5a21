// SPDX-License-Identifier: Apache-2.0

/// One of the two ends of a connection; nothing tells them apart but the letter.
public enum ConnectionEnd: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// The end drawn on the left.
    case a = "A"
    /// The end drawn on the right.
    case b = "B"

    /// The other one.
    public var other: ConnectionEnd {
        switch self {
        case .a: .b
        case .b: .a
        }
    }

    /// The letter.
    public var description: String { rawValue }
}

/// The states of both ends at one moment.
public struct JointState: Hashable, Sendable, CustomStringConvertible {
    /// The state of end A.
    public var a: TCPState
    /// The state of end B.
    public var b: TCPState

    /// Makes a pair.
    public init(_ a: TCPState, _ b: TCPState) {
        self.a = a
        self.b = b
    }

    /// The state of one end.
    public subscript(end: ConnectionEnd) -> TCPState {
        switch end {
        case .a: a
        case .b: b
        }
    }

    /// Both names, with a slash between them.
    public var description: String { "\(a) / \(b)" }
}
