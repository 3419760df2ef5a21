// SPDX-License-Identifier: Apache-2.0

/// The layer of the model (`Layer`) that a scene goes on with; letters as in Docs/model.md.
package enum SceneLayer: String, Sendable, CaseIterable {
    case closing = "a-c"
    case data = "d"
    case duplicates = "e"
    case timers = "f"
    case reconnection = "g"
    case listeners = "h"

    /// What happens in it.
    package var title: String {
        switch self {
        case .closing: "both ends close; segments overtake each other, or are lost"
        case .data: "data, half-close, linger, processes that die: the ways to a RST"
        case .duplicates: "what reaches TIME-WAIT, and what ends it"
        case .timers: "silence: how long each state lasts by its timer"
        case .reconnection: "a new connection with the four-tuple of an old one"
        case .listeners: "listeners that close while clients connect"
        }
    }
}
