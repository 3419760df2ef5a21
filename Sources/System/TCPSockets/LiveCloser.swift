// SPDX-License-Identifier: Apache-2.0

public import TCPClosing

extension TCPSocket {
    /// Carries out the last action of a `Closer` and closes the socket.
    ///
    /// The socket has had its linger reset on since it was made. An error of close(2) or of the
    /// option means that the connection is already gone, which is what is wanted.
    public consuming func close(_ action: Closer.Action) {
        switch action {
        case .closeInOrder: try? setLingerReset(false)
        case .reset, .readToEnd, .shutDownWriting: break
        }
    }
}
