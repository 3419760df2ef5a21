// SPDX-License-Identifier: Apache-2.0

/// What a client sends first: the stderr port, two user names and the command, each ended by NUL.
package struct RcmdRequest: Hashable, Sendable {
    /// Why a request cannot be put on the wire.
    package enum Fault: Error, Hashable, Sendable {
        /// A field holds a NUL byte, which would end it early.
        case containsNUL(field: String)
        /// The command line is longer than any server can run.
        case commandTooLong(length: Int, limit: Int)
        /// A user name is empty.
        case emptyUser(field: String)
    }

    /// The bytes of the request.
    ///
    /// Servers read them one at a time, so all may go in one segment.
    package let bytes: [UInt8]
    /// How many of them are the stderr port and its NUL.
    package let portLength: Int
    /// The length of the command line, for messages about servers with small limits.
    package let commandLength: Int

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - stderrPort: where we listen for the stderr connection, or `nil` to have standard error
    ///     mixed into standard output.
    ///   - localUser: the name we go by here; the server checks it against its trust files.
    ///   - remoteUser: whom to be there.
    ///   - command: the command line.
    /// - Throws: `Fault` when the fields cannot be put on the wire.
    package init(
        stderrPort: UInt16?, localUser: String, remoteUser: String, command: [UInt8]
    ) throws(Fault) {
        for (field, name) in [("local user", localUser), ("remote user", remoteUser)] {
            if name.isEmpty { throw .emptyUser(field: field) }
            if name.utf8.contains(0) { throw .containsNUL(field: field) }
        }
        if command.contains(0) { throw .containsNUL(field: "command") }
        guard command.count <= RemoteCommand.lengthLimit else {
            throw .commandTooLong(length: command.count, limit: RemoteCommand.lengthLimit)
        }
        commandLength = command.count
        let port = Array((stderrPort.map(String.init) ?? "").utf8) + [0]
        portLength = port.count
        bytes =
            port + Array(localUser.utf8) + [0]
            + Array(remoteUser.utf8) + [0] + command + [0]
    }
}
