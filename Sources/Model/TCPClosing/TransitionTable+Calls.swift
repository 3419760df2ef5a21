// SPDX-License-Identifier: Apache-2.0

extension TransitionTable {
    /// What the process does to its own end (RFC 9293 section 3.10.1 to 3.10.5).
    static let calls: [Rule] =
        opens + halfClose + closes + closesUnread + aborts + [
            on(
                .send, in: [.established, .closeWait], .stays, sends: .data, "RFC 9293 §3.10.2"),
            on(
                .send, in: [.synSent, .synReceived],
                .ignored("waits, or EAGAIN, until the handshake is over"), "RFC 9293 §3.10.2"),
            on(
                .send, in: [.finWait1, .finWait2, .closing, .lastAck],
                .ignored("EPIPE: our FIN is out"), "RFC 9293 §3.10.2"),
            on(.send, in: [.closed, .listen], .ignored("EPIPE: no connection"), "send(2)"),
            on(.send, in: [.timeWait], .ignored(parted), seenOnLinux),
        ]

    /// Measured: once TIME-WAIT has begun, a descriptor that is still open reads TCP_INFO as CLOSE.
    private static let parted = "the descriptor, if one is open, has parted from the connection"
    private static let seenOnLinux = "Linux tcp_minisocks.c, tcp_time_wait; measured"

    private static let opens: [Rule] = [
        on(.listen, in: [.closed], .moves(.listen), "RFC 9293 §3.10.1"),
        on(.listen, in: [.listen], .ignored("only sets the backlog"), "listen(2)"),
        on(
            .listen,
            in: [
                .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait, .closing,
                .lastAck,
            ], .ignored("EINVAL: the socket has a connection"), "listen(2)"),
        on(.connect, in: [.closed], .moves(.synSent), sends: .syn, "RFC 9293 §3.10.1"),
        on(.connect, in: [.listen], .ignored("EISCONN: the socket listens"), "connect(2)"),
        on(.connect, in: [.synSent, .synReceived], .ignored("EALREADY"), "connect(2)"),
        on(
            .connect,
            in: [.established, .finWait1, .finWait2, .closeWait, .closing, .lastAck],
            .ignored("EISCONN"), "connect(2)"),
        on(.listen, .connect, in: [.timeWait], .ignored(parted), seenOnLinux),
    ]

    private static let halfClose: [Rule] = [
        on(
            .shutDown, in: [.established, .synReceived], .moves(.finWait1), sends: .fin,
            "RFC 9293 §3.10.4, §3.6.1"),
        on(
            .shutDown, in: [.closeWait], .moves(.lastAck), sends: .fin,
            "RFC 9293 §3.10.4; Linux tcp.c, tcp_close_state"),
        on(.shutDown, in: [.synSent], .moves(.closed), "Linux tcp.c, tcp_close_state"),
        on(
            .shutDown, in: [.listen], .ignored("a listener has nothing to send"),
            "Linux af_inet.c, inet_shutdown"),
        on(
            .shutDown, in: [.finWait1, .finWait2, .closing, .lastAck],
            .ignored("our FIN is out already"), "Linux tcp.c, tcp_shutdown"),
        on(.shutDown, in: [.closed], .ignored("ENOTCONN"), "shutdown(2)"),
        on(.shutDown, in: [.timeWait], .ignored(parted), seenOnLinux),
    ]

    private static let closes: [Rule] = [
        on(
            .close, .processEnds, in: [.established, .synReceived], .moves(.finWait1), sends: .fin,
            "RFC 9293 §3.10.4"),
        on(
            .close, .processEnds, in: [.closeWait], .moves(.lastAck), sends: .fin,
            "RFC 9293 §3.10.4; Linux tcp.c, tcp_close_state"),
        on(.close, .processEnds, in: [.synSent], .moves(.closed), "RFC 9293 §3.10.4"),
        on(.close, .processEnds, in: [.listen], .moves(.closed), "RFC 9293 §3.10.4"),
        on(
            .close, .processEnds, in: [.finWait1, .closing, .lastAck], .stays,
            "Linux tcp.c, __tcp_close: the FIN went with shutdown(), the socket is an orphan now"),
        on(
            .close, .processEnds, in: [.finWait2], .stays,
            "Linux tcp.c, __tcp_close: tcp_time_wait(FIN-WAIT-2), tcp_fin_timeout starts"),
        on(.close, .processEnds, in: [.closed], .ignored("there is no connection"), "close(2)"),
        on(.close, .processEnds, in: [.timeWait], .ignored(parted), seenOnLinux),
    ]

    private static let closesUnread: [Rule] = [
        on(
            .closeUnread, .processEndsUnread,
            in: [.established, .finWait1, .finWait2, .closeWait, .closing, .lastAck],
            .moves(.closed), sends: .rst,
            "RFC 9293 §3.6.1 SHLD-3; RFC 2525 §2.17; Linux tcp.c, __tcp_close"),
        on(
            .closeUnread, .processEndsUnread, in: [.closed],
            .ignored("the connection was reset before"), "Linux tcp.c, __tcp_close"),
        on(
            .closeUnread, .processEndsUnread, in: [.listen, .synSent, .synReceived],
            .impossible("nothing has been received yet"), "RFC 9293 §3.3.2"),
        on(.closeUnread, .processEndsUnread, in: [.timeWait], .ignored(parted), seenOnLinux),
    ]

    private static let aborts: [Rule] = [
        on(
            .abort, in: [.established, .synReceived, .finWait1, .finWait2, .closeWait],
            .moves(.closed), sends: .rst, "RFC 9293 §3.10.5; Linux tcp.c, tcp_need_reset"),
        on(
            .abort, in: [.closing, .lastAck], .moves(.closed),
            "RFC 9293 §3.10.5: delete the TCB, no RST; Linux tcp.c, tcp_disconnect"),
        on(.abort, in: [.listen, .synSent], .moves(.closed), "RFC 9293 §3.10.5"),
        on(.abort, in: [.closed], .ignored("there is no connection"), "close(2)"),
        on(.abort, in: [.timeWait], .ignored(parted), seenOnLinux),
    ]
}
