// SPDX-License-Identifier: Apache-2.0

package import HostSets

/// One host and what to run there.
package struct SessionRequest: Sendable {
    /// The host's place in the run's list of targets.
    package var index: Int
    package var host: Host
    /// The words of the command, at least one.
    ///
    /// Remote shells join them with blanks, as ssh(1) does; local commands are started from them
    /// directly.
    package var command: [String]
    /// The user to be on hosts that name none; `nil` for the transport's own choice.
    package var defaultUser: String?
    /// What every host reads on its standard input, or `nil` for nothing (`/dev/null`).
    package var input: (any SessionInput)?
    /// How long the transport itself may take to connect; the engine keeps the deadline, this is
    /// for transports that can be told (`ssh -o ConnectTimeout`).
    package var connectTimeout: Duration?

    package init(
        index: Int, host: Host, command: [String], defaultUser: String? = nil,
        input: (any SessionInput)? = nil, connectTimeout: Duration? = nil
    ) {
        self.index = index
        self.host = host
        self.command = command
        self.defaultUser = defaultUser
        self.input = input
        self.connectTimeout = connectTimeout
    }
}

/// Input that every host of a run reads from its beginning, while it may still be growing.
package protocol SessionInput: Sendable {
    /// The length in bytes once the end is known, else `nil`.
    var finalLength: Int? { get }

    /// Up to `count` bytes from `offset`; waits while none are there yet; empty at the end.
    ///
    /// Throws when the input can no longer be read (a full disk, a read error): the text says so.
    func read(at offset: Int, upTo count: Int) async throws(SessionInputFailure) -> [UInt8]
}

/// Why the input of a run can no longer be read.
package struct SessionInputFailure: Error, Hashable, Sendable {
    package var message: String
    package init(_ message: String) { self.message = message }
}
