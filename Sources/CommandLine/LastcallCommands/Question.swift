// SPDX-License-Identifier: Apache-2.0

import Console

/// A question that is answered with yes or no.
enum Question {
    /// - Returns: whether the answer is yes; `nil` when there is no terminal to ask on.
    static func ask(_ text: String) -> Bool? {
        ControllingTerminal.ask(text).map { ["y", "yes"].contains($0.lowercased()) }
    }
}
