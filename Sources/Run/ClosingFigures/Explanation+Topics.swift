// SPDX-License-Identifier: Apache-2.0

import TCPClosing

extension Explanation {
    /// All of them.
    package static let all = [timeWait, simultaneousClose, halfClose, rst, assassination]

    private static let timeWait = Explanation(
        topic: "time-wait", question: "Why does one end keep TIME-WAIT, and not the other?",
        parts: [
            .words(
                """
                The last ACK of a connection is not acknowledged itself. Whoever sends it never \
                learns whether it has arrived, and has to stay for as long as it may be asked for \
                again. That end is in TIME-WAIT. Here A's last ACK is lost: B's FIN comes again, A \
                answers again, and waits its 60 s from there.
                """),
            .order("a-a1-b1-b-b2-xa2-rb-b3-a3"),
            .words(
                """
                Without TIME-WAIT, A's kernel would know nothing of that FIN in line 6 and answer \
                it with a RST: B would take an orderly closure for a failure (RFC 9293 section \
                3.6.1).
                """),
            .words(
                """
                The other end needs no such state. B sends its FIN when A's has come already, so \
                there is nothing more to receive; and the ACK of B's FIN says that A has received \
                everything, too. B knows all there is to know, nothing of A's can be waiting for \
                an answer of B, and B is gone at once:
                """),
            .order("a-a1-b1-b-b2-a2"),
            .words(
                """
                So it is not who is called client or server, nor who was done first, but whose FIN \
                is acknowledged first: that end has the last word.
                """),
            .fact(.firstAcknowledgedKeeps(.losses(2))),
            .words(
                """
                The second reason for the 60 s is the same for both ends, and one of them is \
                enough: a stray segment of this connection must not be taken for one of the next \
                connection between the same ports. See also: simultaneous-close, assassination.
                """),
        ])

    private static let simultaneousClose = Explanation(
        topic: "simultaneous-close", question: "What if both ends close at the same time?",
        parts: [
            .words(
                """
                Each end receives the other's FIN before the ACK of its own, and is in CLOSING \
                until that ACK comes (RFC 9293 section 3.6, Figure 13). Both send a last ACK, so \
                both keep TIME-WAIT.
                """),
            .order("a-b-a1-b1-b2-a2"), .fact(.bothKeepWhenCrossing(.inOrder)),
            .words(
                """
                It takes no coincidence: the FINs cross whenever an end closes before it has seen \
                the other's FIN.
                """),
        ])

    private static let halfClose = Explanation(
        topic: "half-close", question: "What if one end has nothing more to send, but reads on?",
        parts: [
            .words(
                """
                shutdown(SHUT_WR) sends the FIN and keeps the descriptor (RFC 9293 section 3.6.1). \
                The end may stay in FIN-WAIT-2 for ever while the other end sends; it was first \
                all the same, and TIME-WAIT is its own in the end.
                """),
            .order("ha-a1-b1-wb-b2-a2-ga-b-b3-a3"),
            .words(
                """
                An end that calls close() instead reads no more: what arrives is answered with a \
                RST. See also: rst.
                """),
        ])

    private static let rst = Explanation(
        topic: "rst", question: "When is a RST sent, and who keeps TIME-WAIT then?",
        parts: [
            .words("Nobody keeps anything after a RST. It is sent in four cases."),
            .words("1. The socket has SO_LINGER {1, 0}: what RFC 9293 calls ABORT."),
            .order("la-a1"),
            .words(
                """
                2. Something received has not been read. A FIN would say that all was well, so \
                there is none (RFC 9293 section 3.6.1, SHLD-3).
                """),
            .order("wb-b1-a1-a-a2"),
            .words("3. Data arrives when nobody can read it any more."),
            .order("a-a1-b1-wb-b2-a2"),
            .words("4. Something reaches an end that is closed already: see assassination."),
            .words(
                """
                The first is a way to pay nothing, harmless once the other end's FIN has been \
                read: the policy reset-after-end of lastcall run --closing.
                """),
        ])

    private static let assassination = Explanation(
        topic: "assassination", question: "What ends TIME-WAIT before its time?",
        parts: [
            .words(
                """
                A RST does (RFC 1337 calls it assassination; net.ipv4.tcp_rfc1337=1 prevents it). \
                No ill will is needed. Here B's first ACK is overtaken by its FIN. It reaches A in \
                TIME-WAIT, where it is old and has to be answered (RFC 9293 section 3.10.7.4); the \
                answer reaches a B that is gone, and knows nothing better than a RST.
                """),
            .order("a-a1-b-b2-a2-b1-a3-b3"), .fact(.nobodyKeeps(.anyOrder)),
        ])
}
