// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks
package import SocketDiagnostics
package import SystemPackage
package import TCPClosing

/// One step of a scene: something done at an end or on the wire, or something that must be seen.
///
/// Connections and listeners are numbered from 0. A is the client and B the server of all of them.
package enum SceneStep: Sendable {
    // MARK: Calls

    /// A setting of one end's network.
    case setting(ConnectionEnd, String, String)
    /// B listens, with `SO_REUSEADDR`.
    case listen
    /// B listens, sharing the port with others by `SO_REUSEPORT`.
    case listenShared(Int)
    /// A connects: its SYN is out. The kernel's answer to the call.
    case connect(Int, Errno?)
    /// A connects from the port of connection 0 once more.
    case connectAgain(Errno?)
    /// B accepts.
    case accept(Int)
    /// A connection from A to B, open, with no listener left.
    case open
    /// A socket option of connection 0.
    case option(ConnectionEnd, LabSocket.Option)
    case close(ConnectionEnd, Int)
    /// close(2) of connection 0 takes at least so long.
    case closeBlocks(ConnectionEnd, Duration)
    /// close(2) of connection 0 is called on another thread.
    case closeElsewhere(ConnectionEnd)
    case shutDown(ConnectionEnd)
    case send(ConnectionEnd, Int)
    /// Data is written and delivered until neither end's buffer has room.
    case fill(ConnectionEnd)
    case read(ConnectionEnd, LabSocket.Received)
    /// What getpeername(2) says of connection 0.
    case peerName(ConnectionEnd, Errno?)
    case closeListener(Int)
    case shutDownListener
    /// The listener that was shut down listens once more.
    case listenAgain
    /// The socket of connection 0 goes to another process.
    case handOver(ConnectionEnd)
    /// Another process gets a copy of it, as after fork(2).
    case share(ConnectionEnd)
    case handOverListener
    /// The other process is killed.
    case kill
    /// SOCK_DESTROY, as `ss -K` does.
    case destroy(ConnectionEnd)
    case destroyListener
    /// A connects to itself.
    case connectToItself
    /// What A shows of that.
    case showsItself(TCPState)

    // MARK: A crowd

    /// A server at B listens, alone or by `SO_REUSEPORT`.
    case serve(sharing: Bool)
    /// So many clients call it.
    case call(Int, CallProgress)
    case stopServing(ServerStop)
    /// What becomes of all of them.
    case fates(Fates)

    // MARK: Wire

    /// Everything is delivered until nothing comes any more.
    case flow
    case deliver(ConnectionEnd, TCPFlags)
    /// The segment arrives and the other end closes in answer at once.
    case deliverAndClose(ConnectionEnd, TCPFlags)
    /// The first segment with data arrives.
    case deliverData(ConnectionEnd)
    case drop(ConnectionEnd, TCPFlags)
    /// The network makes a copy, which travels last.
    case copy(ConnectionEnd, TCPFlags)
    /// A forged segment of an end: flags, and how far its number is from the next one.
    case forge(ConnectionEnd, TCPFlags, Int32)

    // MARK: Looks

    /// Connection n at an end.
    case shows(ConnectionEnd, TCPState, Trait?, Int)
    case timer(ConnectionEnd, SocketTimer.Kind?)
    /// The timer has so many milliseconds left.
    case timeLeft(ConnectionEnd, atLeast: UInt32 = 0, atMost: UInt32 = .max)
    /// Time passes until it has less than that left.
    case timerRuns(ConnectionEnd, below: UInt32)
    /// What the kernel has counted in the network of an end (`TcpExt`).
    case counted(ConnectionEnd, String, Int)
    /// An end has sent this, and nothing else is in flight.
    case onlyInFlight(ConnectionEnd, TCPFlags)
    /// The close(2) on another thread has not returned.
    case stillCloses
    /// It returns.
    case hasClosed
    /// What accept(2) of the listener says.
    case acceptFails(Errno)
    /// Everything is lost until an end is gone, or shows a state, after a time in this range.
    case silence(ConnectionEnd, until: TCPState, ClosedRange<Double>)
    /// Everything is delivered until then.
    case traffic(ConnectionEnd, until: TCPState, ClosedRange<Double>)
    /// Binding to the port of an end, with `SO_REUSEADDR` or without.
    case bind(ConnectionEnd, reusing: Bool, Errno?)
    case quiet
    /// How many connections wait in the queue of a listener.
    case queue(Int, UInt32)

    /// What else an end shows.
    package enum Trait: String, Sendable {
        /// A process holds it.
        case owned
        /// No process does.
        case orphan
        /// Only a record is left.
        case record
    }

    static func close(_ end: ConnectionEnd) -> SceneStep { .close(end, 0) }

    static func connect(_ number: Int) -> SceneStep { .connect(number, nil) }

    static func abort(_ end: ConnectionEnd) -> [SceneStep] {
        [.option(end, .linger(0)), .close(end)]
    }

    static func shows(
        _ end: ConnectionEnd, _ state: TCPState, _ trait: Trait? = nil
    ) -> SceneStep {
        .shows(end, state, trait, 0)
    }

    static func gone(_ end: ConnectionEnd) -> SceneStep { .shows(end, .closed, nil, 0) }
}

extension SceneStep: CustomStringConvertible {
    /// The step as one line.
    package var description: String {
        switch self {
        case .setting(let end, let name, let value): "\(end): \(name) = \(value)"
        case .listen: "B listens"
        case .listenShared(let number): "B listens on a shared port" + Self.which(number)
        case .connect(let number, let code): "A connects" + Self.which(number) + Self.result(code)
        case .connectAgain(let code): "A connects from the same port" + Self.result(code)
        case .accept(let number): "B accepts" + Self.which(number)
        case .open: "a connection is open"
        case .option(let end, let option): "\(end): \(option)"
        case .close(let end, let number): "\(end) closes" + Self.which(number)
        case .closeBlocks(let end, let time): "\(end) closes, which takes \(time) or more"
        case .closeElsewhere(let end): "\(end) closes, which may take a while"
        case .shutDown(let end): "\(end) half-closes"
        case .send(let end, let count): "\(end) writes \(count) bytes"
        case .fill(let end): "\(end) writes until there is no room"
        case .read(let end, let what): "\(end) reads: \(Self.text(what))"
        case .peerName(let end, let code): "\(end) asks who is at the other end" + Self.result(code)
        case .closeListener(let number): "B closes its listener" + Self.which(number)
        case .shutDownListener: "B: shutdown(SHUT_RD) of its listener"
        case .listenAgain: "B: listen() once more"
        case .handOver(let end): "another process holds \(end)'s socket"
        case .share(let end): "another process has a copy of \(end)'s socket"
        case .handOverListener: "another process holds B's listener"
        case .kill: "that process is killed"
        case .destroy(let end): "\(end): ss -K"
        case .destroyListener: "B: ss -K of its listener"
        case .connectToItself: "A binds to a port and connects to it"
        case .showsItself(let state): "A's connection to itself is \(state)"
        case .serve(let isSharing): "a server at B listens" + (isSharing ? ", SO_REUSEPORT" : "")
        case .call(let count, let progress): "\(count) clients call: \(progress.rawValue)"
        case .stopServing(let way): "the server stops: \(way.rawValue)"
        case .fates(let fates): "of the clients: \(fates)"
        case .flow: "everything is delivered"
        case .deliver(let end, let flags): "\(end)'s \(flags) arrives"
        case .deliverAndClose(let end, let flags):
            "\(end)'s \(flags) arrives and \(end.other) closes at once"
        case .deliverData(let end): "\(end)'s data arrives"
        case .drop(let end, let flags): "\(end)'s \(flags) is lost"
        case .copy(let end, let flags): "\(end)'s \(flags) is copied"
        case .forge(let end, let flags, let distance):
            "a forged \(flags) of \(end) arrives, \(distance) from its next number"
        case .shows(let end, let state, let trait, let number):
            "\(end) is \(state)" + (trait.map { ", \($0.rawValue)" } ?? "") + Self.which(number)
        case .timer(let end, let kind):
            "\(end)'s timer: " + Self.text(kind)
        case .timeLeft(let end, let least, .max): "\(end)'s timer: \(least) ms or more"
        case .timeLeft(let end, _, let most): "\(end)'s timer: \(most) ms or less"
        case .timerRuns(let end, let milliseconds):
            "time passes: \(end)'s timer is below \(milliseconds) ms"
        case .counted(let end, let name, let count): "\(end) has counted \(name): \(count)"
        case .onlyInFlight(let end, let flags): "\(end)'s \(flags) is all that is in flight"
        case .stillCloses: "close() has not returned"
        case .hasClosed: "close() returns"
        case .acceptFails(let code): "B accepts: \(code)"
        case .silence(let end, let state, let range):
            "all is lost until \(end) is \(state), \(range.lowerBound) to \(range.upperBound) s"
        case .traffic(let end, let state, let range):
            "all is delivered until \(end) is \(state), \(range.lowerBound) to "
                + "\(range.upperBound) s"
        case .bind(let end, let isReusing, let code):
            "bind to \(end)'s port with\(isReusing ? "" : "out") SO_REUSEADDR"
                + Self.result(code)
        case .quiet: "nothing is on the wire"
        case .queue(let number, let count): "\(count) wait to be accepted" + Self.which(number)
        }
    }

    private static func which(_ number: Int) -> String { number == 0 ? "" : " (\(number + 1))" }

    private static func result(_ code: Errno?) -> String { code.map { ": \($0)" } ?? ": ok" }

    private static func text(_ kind: SocketTimer.Kind?) -> String {
        switch kind {
        case .retransmission: "retransmission"
        case .keepAlive: "keepalive"
        case .timeWait: "the end of a record"
        case .windowProbe: "window probe"
        case nil: "none"
        }
    }

    private static func text(_ what: LabSocket.Received) -> String {
        switch what {
        case .bytes(let count): "\(count) bytes"
        case .nothing: "nothing yet"
        case .end: "the end"
        case .failed(let code): "\(code)"
        }
    }
}
