// SPDX-License-Identifier: Apache-2.0

/// The whole output of `lastcall closing`, and its help, as a person sees them at 80 columns.
enum ClosingOutput {
    static let figure = #"""
                                         ESTABLISHED
                                    +---------+-----------------------------+
                                    | close()                               | FIN
                                    | / FIN                                 | / ACK
                                    |                                       |
                                    v                                       v
                               FIN-WAIT-1                              CLOSE-WAIT
                +-------------------+-------------------+                   |
                | ACK of FIN        | FIN               | FIN+ACK of FIN    | close()
                |                   | / ACK             | / ACK             | / FIN
                |                   |                   |                   |
                v                   v                   |                   v
           FIN-WAIT-2            CLOSING                |               LAST-ACK
                |                   |                   |                   |
                | FIN               | ACK of FIN        |                   | ACK of FIN
                | / ACK             |                   |                   |
                +-------------------+-------------------+                   |
                                    v                                       |
                                TIME-WAIT                                   |
                                    |                                       |
                                    |                                       v
                                    +- 60 s over or RST ---------------> CLOSED

        Paths of one end, found in the 22 orders of layer any-order:

          1  FIN-WAIT-1 -> FIN-WAIT-2 -> TIME-WAIT   8 ends, A in a-a1-b1-b-b2-a2
          2  FIN-WAIT-1 -> CLOSING -> TIME-WAIT     20 ends, A in a-b-b1-a2-a1-b2
          3  FIN-WAIT-1 -> TIME-WAIT                 6 ends, A in a-a1-b-b2-a2-b1-a3-b3
          4  CLOSE-WAIT -> LAST-ACK -> CLOSED       10 ends, B in a-a1-b1-b-b2-a2

        """#

    static let timeWait = #"""
        Why does one end keep TIME-WAIT, and not the other?

        The last ACK of a connection is not acknowledged itself. Whoever sends it
        never learns whether it has arrived, and has to stay for as long as it may be
        asked for again. That end is in TIME-WAIT. Here A's last ACK is lost: B's FIN
        comes again, A answers again, and waits its 60 s from there.

            A                                                               B
         1. ESTABLISHED                                                     ESTABLISHED
            close()
         2. FIN-WAIT-1   --------------------- FIN ---------------------->  CLOSE-WAIT
         3. FIN-WAIT-2   <------------------ ACK of FIN ------------------  CLOSE-WAIT
                                                                            close()
         4. TIME-WAIT    <---------------- FIN+ACK of FIN ----------------  LAST-ACK
         5. TIME-WAIT    --------------- ACK of FIN ---------------X lost
                                                                            timer: again
         6. TIME-WAIT    <---------------- FIN+ACK of FIN ----------------  LAST-ACK
            60 s again
         7. TIME-WAIT    ------------------ ACK of FIN ------------------>  CLOSED

            lastcall closing figure --order a-a1-b1-b-b2-xa2-rb-b3-a3

        Without TIME-WAIT, A's kernel would know nothing of that FIN in line 6 and
        answer it with a RST: B would take an orderly closure for a failure (RFC 9293
        section 3.6.1).

        The other end needs no such state. B sends its FIN when A's has come already,
        so there is nothing more to receive; and the ACK of B's FIN says that A has
        received everything, too. B knows all there is to know, nothing of A's can be
        waiting for an answer of B, and B is gone at once:

            A                                                               B
         1. ESTABLISHED                                                     ESTABLISHED
            close()
         2. FIN-WAIT-1   --------------------- FIN ---------------------->  CLOSE-WAIT
         3. FIN-WAIT-2   <------------------ ACK of FIN ------------------  CLOSE-WAIT
                                                                            close()
         4. TIME-WAIT    <---------------- FIN+ACK of FIN ----------------  LAST-ACK
         5. TIME-WAIT    ------------------ ACK of FIN ------------------>  CLOSED

            lastcall closing figure --order a-a1-b1-b-b2-a2

        So it is not who is called client or server, nor who was done first, but whose
        FIN is acknowledged first: that end has the last word.

        Of the 326 orders of layer losses-2 just explored, the end whose FIN is
        acknowledged first keeps TIME-WAIT in 326.

        The second reason for the 60 s is the same for both ends, and one of them is
        enough: a stray segment of this connection must not be taken for one of the
        next connection between the same ports. See also: simultaneous-close,
        assassination.

        """#

    static let orders = #"""
        12 orders of layer in-order: segments arrive in order

          first  FINs cross  lost  TIME-WAIT  paths A, B  order
          A      yes         0     both       2, 2        a-b-a1-b1-a2-b2
          A      yes         0     both       2, 2        a-b-a1-b1-b2-a2
          A      yes         0     both       2, 2        a-b-b1-a1-a2-b2
          A      yes         0     both       2, 2        a-b-b1-a1-b2-a2
          A      no          0     A          1, 4        a-a1-b-b1-b2-a2
          A      no          0     A          1, 4        a-a1-b1-b-b2-a2
          B      yes         0     both       2, 2        b-a-a1-b1-a2-b2
          B      yes         0     both       2, 2        b-a-a1-b1-b2-a2
          B      yes         0     both       2, 2        b-a-b1-a1-a2-b2
          B      yes         0     both       2, 2        b-a-b1-a1-b2-a2
          B      no          0     B          4, 1        b-b1-a-a1-a2-b2
          B      no          0     B          4, 1        b-b1-a1-a-a2-b2

        Paths:
          1  FIN-WAIT-1 -> FIN-WAIT-2 -> TIME-WAIT
          2  FIN-WAIT-1 -> CLOSING -> TIME-WAIT
          3  FIN-WAIT-1 -> TIME-WAIT
          4  CLOSE-WAIT -> LAST-ACK -> CLOSED

        Draw one: lastcall closing figure --order NAME

        """#

    static let topics = #"""
        Topics of lastcall closing explain:

          time-wait           Why does one end keep TIME-WAIT, and not the other?
          simultaneous-close  What if both ends close at the same time?
          half-close          What if one end has nothing more to send, but reads on?
          rst                 When is a RST sent, and who keeps TIME-WAIT then?
          assassination       What ends TIME-WAIT before its time?

        """#

    static let lastAck = #"""
        LAST-ACK
          The remote end closed first; our FIN is not acknowledged yet.

          Leads on
            close(), data unread;                       -> CLOSED, sends RST
            process ends, data unread
                RFC 9293 §3.6.1 SHLD-3; RFC 2525 §2.17; Linux tcp.c, __tcp_close
            close(), linger 0                           -> CLOSED
                RFC 9293 §3.10.5: delete the TCB, no RST; Linux tcp.c, tcp_disconnect
            ACK of FIN                                  -> CLOSED
                RFC 9293 §3.10.7.4
            old FIN+ACK of FIN                          -> CLOSED
                Linux tcp_rcv_state_process: the FIN itself is not looked at, so no ACK
            RST                                         -> CLOSED
                RFC 9293 §3.10.7.4; RFC 5961 §3.2; Linux tcp_reset
            retransmissions exhausted                   -> CLOSED
                Linux tcp_write_timeout: tcp_orphan_retries, about 107 s by default; no
                RST
            user timeout                                -> CLOSED
                RFC 9293 §3.10.8; Linux TCP_USER_TIMEOUT, tcp_write_timeout

          Stays, but something is sent or a timer starts again
            close(); process ends
                Linux tcp.c, __tcp_close: the FIN went with shutdown(), the socket is an
                orphan now
            SYN; old SYN; SYN+ACK                       sends ACK
                RFC 5961 §4: challenge ACK; Linux tcp_validate_incoming
            old ACK                                     sends ACK
                RFC 9293 §3.10.7.4, first check; Linux tcp_send_dupack
            old FIN                                     sends ACK
                RFC 9293 §3.10.7.4; Linux tcp_data_queue: a retransmission, acknowledged
                at once
            old data                                    sends ACK
                RFC 9293 §3.10.7.4, first check
            RST beyond a gap                            sends ACK
                RFC 5961 §3.2: challenge ACK; Linux tcp_validate_incoming
            retransmission timer                        sends FIN
                RFC 9293 §3.10.8; Linux tcp_retransmit_timer: after 0.2 s, doubling

          Ignored
            listen()
                EINVAL: the socket has a connection (listen(2))
            connect()
                EISCONN (connect(2))
            connect() again
                EADDRNOTAVAIL: the four-tuple is in use (connect(2))
            send()
                EPIPE: our FIN is out (RFC 9293 §3.10.2)
            shutdown(SHUT_WR)
                our FIN is out already (Linux tcp.c, tcp_shutdown)
            ACK
                acknowledges no FIN (RFC 9293 §3.10.7.4)
            old RST
                out of window (RFC 5961 §3.2)

          Impossible
            ACK of SYN
                our SYN is acknowledged; such a segment is an ACK (RFC 9293 §3.10.7.4)
            FIN; FIN+ACK of FIN; data; data+ACK of FIN; data, nobody reads;
            data+ACK of FIN, nobody reads; data or FIN beyond a gap
                the remote end's FIN has come: nothing follows it (RFC 9293 §3.10.7.4)
            FIN-WAIT-2 timer
                runs in FIN-WAIT-2 only (Linux tcp_time_wait)
            TIME-WAIT timer
                runs in TIME-WAIT only (RFC 9293 §3.10.8)

        """#

    static let layers = #"""
          in-order                               12  in order
          any-order                              22  in any order
          losses-1                               74  in order, up to 1 lost
          losses-2                              326  in order, up to 2 lost
          data                             62137446  in order; all calls, 1 write each
          duplicates-1                         2910  in any order, up to 1 copied
          timers-1                              312  in order, up to 1 lost; timers fire
          reconnection                           70  in order; connects again
          reconnection-without-timestamps        16  in order; connects again
        losses, duplicates and timers take other limits, too: losses-3

        """#
}
