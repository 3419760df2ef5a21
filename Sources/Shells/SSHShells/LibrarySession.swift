// SPDX-License-Identifier: Apache-2.0

import CLibSSH
import SSHSessionModel
import SystemPackage
import TCPSockets

/// One session of libssh over a socket of ours, never blocking.
///
/// Theory of operation. libssh gets a copy of the descriptor and no configuration, and never
/// resolves, connects, reads known_hosts or keeps time: all that is ours. It sends one packet per
/// POLLOUT it has seen, and reads only when asked to poll, so whoever calls it pumps until it has
/// nothing left (`pump()`), and calls what was pending again (`Step.again`). Not Sendable: libssh's
/// session belongs to one thread at a time.
final class LibrarySession {
    /// What came of a call.
    enum Step {
        case done
        /// Not yet; call again after the next `pump()`.
        case again
        case failed
    }

    /// What libssh is told before it connects.
    struct Settings: Hashable {
        var user: String
        /// Host key algorithms, the best first, or `nil` for libssh's own order.
        var hostKeyAlgorithms: String?
        var keyExchange = SSHLibrary.keyExchange
        var ciphers: String?
        var macs: String?
        var publicKeyAlgorithms: String?
        var usesCompression = false
        /// The agent's socket.
        var agent: String?
    }

    /// How much is read in one turn before others have theirs: a poll brings 4 KiB at most.
    private static let pollsPerTurn = 16

    let session: OpaquePointer
    private var event: OpaquePointer?
    private var lent: LentDescriptor?
    /// Whether libssh has made the socket block, as it does once, and we have undone that.
    private var isSettled = false
    private var hasConnected = false
    private var isFreed = false
    private(set) var channel: LibraryChannel?

    /// Makes a session; `nil` when there is no memory for it or libssh refuses a setting.
    init?(_ settings: Settings, over socket: borrowing TCPSocket) {
        SSHLibrary.begin()
        guard let session = ssh_new() else { return nil }
        self.session = session
        do throws(Errno) {
            lent = try socket.lend()
        } catch {
            ssh_free(session)
            isFreed = true
            return nil
        }
        ssh_set_blocking(session, 0)
        guard set(settings) else {
            free()
            return nil
        }
    }

    deinit { free() }

    private func set(_ settings: Settings) -> Bool {
        var (process, descriptor): (Int32, Int32) = (0, lent?.descriptor ?? -1)
        var isSet = ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &process) == 0
        // The name is not libssh's business: it would look it up, and refuses some.
        isSet = set(SSH_OPTIONS_HOST, "host") && isSet
        isSet = set(SSH_OPTIONS_USER, settings.user) && isSet
        // No directory of the user's: libssh would read /etc/passwd to find it.
        isSet = set(SSH_OPTIONS_SSH_DIR, "/") && isSet
        // A file that cannot be there is cheaper than an empty one.
        isSet = set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null/none") && isSet
        isSet = set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null/none") && isSet
        isSet = set(SSH_OPTIONS_KEY_EXCHANGE, settings.keyExchange) && isSet
        if let list = settings.hostKeyAlgorithms {
            isSet = set(SSH_OPTIONS_HOSTKEYS, list) && isSet
        }
        if let list = settings.publicKeyAlgorithms {
            isSet = set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, list) && isSet
        }
        if let list = settings.ciphers {
            isSet = set(SSH_OPTIONS_CIPHERS_C_S, list) && isSet
            isSet = set(SSH_OPTIONS_CIPHERS_S_C, list) && isSet
        }
        if let list = settings.macs {
            isSet = set(SSH_OPTIONS_HMAC_C_S, list) && isSet
            isSet = set(SSH_OPTIONS_HMAC_S_C, list) && isSet
        }
        if let agent = settings.agent { isSet = set(SSH_OPTIONS_IDENTITY_AGENT, agent) && isSet }
        if settings.usesCompression { isSet = set(SSH_OPTIONS_COMPRESSION, "yes") && isSet }
        return ssh_options_set(session, SSH_OPTIONS_FD, &descriptor) == 0 && isSet
    }

    private func set(_ option: ssh_options_e, _ value: String) -> Bool {
        value.withCString { ssh_options_set(session, option, $0) == 0 }
    }

    /// Gives everything back to libssh; the socket itself stays open.
    ///
    /// What has not been sent by then never will be.
    func free() {
        guard !isFreed else { return }
        isFreed = true
        if let event {
            ssh_event_remove_session(event, session)
            ssh_event_free(event)
        }
        event = nil
        channel?.free()
        channel = nil
        ssh_free(session)
        lent.take()?.takeBack()
    }

    /// What libssh has to say about what broke the session, or else about the last failure.
    var errorText: String { firstFatal ?? lastErrorText }

    /// What the server gave as its reason when it ended the connection (RFC 4253 section 11.1).
    ///
    /// Ends the session: libssh tells it only then.
    func lastWords() -> String? {
        channel?.forget()
        ssh_disconnect(session)
        guard let text = ssh_get_disconnect_message(session) else { return nil }
        return String(cString: text)
    }

    /// What broke the session, which the end of the connection would otherwise take the place of.
    private var firstFatal: String?

    private func noteFatal() {
        guard firstFatal == nil,
            ssh_get_error_code(UnsafeMutableRawPointer(session)) == Int32(SSH_FATAL.rawValue)
        else { return }
        firstFatal = lastErrorText
    }

    private var lastErrorText: String {
        guard let text = ssh_get_error(UnsafeMutableRawPointer(session)) else { return "" }
        return String(cString: text)
    }

    /// Whether the last failure is the connection's end, not what was said over it.
    ///
    /// libssh tells them apart by this text only (session.c, `ssh_socket_exception_callback`).
    var hasLostConnection: Bool { errorText.hasPrefix("Socket error") }

    /// Whether libssh has given the session up.
    var isBroken: Bool { ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR) != 0 }

    /// Whether something waits for the socket to take it.
    var hasUnsent: Bool { ssh_get_poll_flags(session) & SSH_WRITE_PENDING != 0 }

    // MARK: Moving bytes

    /// What `pump` has seen.
    enum Movement {
        /// Nothing to read or send now.
        case idle
        /// Something was read or sent; there may be more.
        case moved
        /// The connection has ended, or libssh has given up.
        case failed
    }

    /// Reads and sends what there is to read and send now.
    func pump(_ socket: borrowing TCPSocket) -> Movement {
        guard let event else { return .idle }
        for turn in 0..<Self.pollsPerTurn {
            let result = ssh_event_dopoll(event, 0)
            settle(socket)
            noteFatal()
            if result == SSH_AGAIN { return turn == 0 ? .idle : .moved }
            if result == SSH_ERROR { return .failed }
        }
        return .moved
    }

    /// Makes the socket non-blocking again, once libssh has made it block.
    private func settle(_ socket: borrowing TCPSocket) {
        guard !isSettled else { return }
        try? socket.setNonBlocking()
        isSettled = hasBanner
    }

    // MARK: Identification and keys

    /// Exchanges identifications and keys.
    func exchangeKeys(_ socket: borrowing TCPSocket) -> Step {
        let result = ssh_connect(session)
        settle(socket)
        noteFatal()
        if !hasConnected {
            hasConnected = true
            event = ssh_event_new()
            if result == SSH_AGAIN, event == nil || ssh_event_add_session(event, session) != SSH_OK
            {
                return .failed
            }
        }
        return step(result)
    }

    /// Whether the server has identified itself.
    var hasBanner: Bool { ssh_get_serverbanner(session) != nil }

    /// How the server identifies itself.
    var banner: String { ssh_get_serverbanner(session).map { String(cString: $0) } ?? "" }

    /// The server's key, once keys are exchanged.
    func hostKey() -> LibraryKey? {
        var key: OpaquePointer?
        guard ssh_get_server_publickey(session, &key) == SSH_OK, let key else { return nil }
        return LibraryKey(owning: key)
    }

    // MARK: Authentication

    /// What the server has said it would go on with.
    private var offered: SSHMethods {
        let bits = ssh_userauth_list(session, nil)
        var methods: SSHMethods = []
        if bits & Int32(SSH_AUTH_METHOD_PUBLICKEY) != 0 { methods.insert(.publicKey) }
        if bits & Int32(SSH_AUTH_METHOD_PASSWORD) != 0 { methods.insert(.password) }
        if bits & Int32(SSH_AUTH_METHOD_INTERACTIVE) != 0 { methods.insert(.keyboardInteractive) }
        return methods
    }

    /// What came of a call for authentication.
    enum Answer: Hashable {
        case pending
        case answered(SSHAttemptResult)
        /// The server has questions (keyboard-interactive).
        case asked
        case failed
    }

    /// What a code of `ssh_userauth_…` means.
    func answer(_ code: Int32) -> Answer {
        switch code {
        case SSH_AUTH_SUCCESS.rawValue: .answered(.accepted)
        case SSH_AUTH_PARTIAL.rawValue: .answered(.partial(offered))
        case SSH_AUTH_DENIED.rawValue: .answered(.denied(offered))
        case SSH_AUTH_AGAIN.rawValue: .pending
        case SSH_AUTH_INFO.rawValue: .asked
        // A key that cannot be used is refused here, without harm to the session.
        case _: isBroken ? .failed : .answered(.denied(offered))
        }
    }

    func authenticateByNothing() -> Int32 { ssh_userauth_none(session, nil) }

    func authenticate(with key: LibraryKey) -> Int32 {
        ssh_userauth_publickey(session, nil, key.key)
    }

    func authenticate(withPassword password: String) -> Int32 {
        ssh_userauth_password(session, nil, password)
    }

    /// Blocks in the agent.
    func authenticateByAgent() -> Int32 { ssh_userauth_agent(session, nil) }

    /// Asks for questions, or sends the answers that have been set.
    func interact() -> Int32 { ssh_userauth_kbdint(session, nil, nil) }

    /// The questions of the server.
    var questions: [(text: String, isSecret: Bool)] {
        let count = ssh_userauth_kbdint_getnprompts(session)
        guard count > 0 else { return [] }
        return (0..<UInt32(count))
            .map { index in
                var echo: CChar = 0
                let text = ssh_userauth_kbdint_getprompt(session, index, &echo)
                return (text.map { String(cString: $0) } ?? "", echo == 0)
            }
    }

    func setAnswer(_ answer: String, to question: Int) -> Bool {
        ssh_userauth_kbdint_setanswer(session, UInt32(question), answer) == 0
    }

    /// What the server wants to be shown before anybody logs in.
    var greeting: String? {
        guard let text = ssh_get_issue_banner(session) else { return nil }
        defer { ssh_string_free_char(text) }
        return String(cString: text)
    }

    // MARK: The channel

    /// Opens a channel.
    func openChannel() -> Step {
        if channel == nil { channel = LibraryChannel(session) }
        guard let channel else { return .failed }
        return step(ssh_channel_open_session(channel.channel))
    }

    /// Closes the channel and says goodbye, as far as the socket takes it now.
    func disconnect(_ socket: borrowing TCPSocket) {
        channel?.close()
        // Each packet needs a look at the socket after the one before it, or is dropped.
        _ = pump(socket)
        // It frees the channels, too.
        channel?.forget()
        ssh_disconnect(session)
    }

    /// Tells the server that we are here, and makes it answer.
    func keepAlive() { _ = ssh_send_keepalive(session) }

    private func step(_ result: Int32) -> Step {
        switch result {
        case SSH_OK: .done
        case SSH_AGAIN: .again
        case _: .failed
        }
    }
}
