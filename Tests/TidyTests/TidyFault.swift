// SPDX-License-Identifier: Apache-2.0

import Testing

/// Something in the tree that breaks a rule, and where.
struct TidyFault: Hashable, CustomStringConvertible {
    /// The file, from the root of the tree.
    var path: String
    /// The line, from 1.
    var line: Int
    /// Which rule, and what to do.
    var message: String

    init(_ path: String, _ line: Int, _ message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    var description: String { "\(path):\(line): \(message)" }
}

/// Fails the running test once for every fault.
func expectNone(_ faults: [TidyFault], at location: SourceLocation = #_sourceLocation) {
    for fault in faults { Issue.record("\(fault)", sourceLocation: location) }
}
