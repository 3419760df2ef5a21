// SPDX-License-Identifier: Apache-2.0

import Console
import RunJournal
import SystemPackage

/// Where this user's journal is.
enum JournalPlace {
    /// `lastcall` in `$XDG_STATE_HOME`, or in `~/.local/state` (XDG Base Directory Specification).
    static func directory() throws(JournalError) -> FilePath {
        // A relative path is to be ignored, says the specification.
        if let state = ThisProcess.environment("XDG_STATE_HOME"), state.hasPrefix("/") {
            return FilePath(state).appending("lastcall")
        }
        guard let home = ThisProcess.environment("HOME"), home.hasPrefix("/") else {
            throw JournalError(.notAccessible, "neither XDG_STATE_HOME nor HOME says where it is")
        }
        return FilePath(home).appending(".local/state/lastcall")
    }

    /// The journal, open.
    static func open() throws(JournalError) -> Journal { try Journal(in: try directory()) }
}
