// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

@Suite struct `A listener that closes` {
    private func fates(_ way: Listener.Way, clients: Int = 2) -> Set<Listener.Client> {
        Set(Listener(way, clients: clients).census().keys.flatMap(\.clients))
    }

    @Test(arguments: Listener.Way.allCases)
    func `tells every client where it stands`(_ way: Listener.Way) {
        for end in Listener(way, clients: 3).census().keys {
            #expect(end.phase == .closed)
            for client in end.clients {
                #expect([.accepted, .refused, .reset, .unanswered].contains(client))
            }
        }
    }

    @Test func `resets what is pending when it closes at once`() {
        #expect(fates(.atOnce) == [.accepted, .refused, .reset])
    }

    /// However late the check: the SYN, or the ACK, may come between it and the close.
    @Test func `cannot be made watertight by a check before the close`() {
        #expect(fates(.afterCheck, clients: 1) == [.accepted, .refused, .reset])
        var listener = Listener(.afterCheck, clients: 1)
        for event in [
            Listener.Event.connect(0), .deliver(0), .deliver(0), .check, .deliver(0), .close,
        ] {
            #expect(listener.enabledEvents().contains(event))
            listener.apply(event)
        }
        #expect(listener.clients == [.reset])
    }

    @Test func `loses nobody when SYNs are stopped first and the rest is accepted`() {
        #expect(fates(.drained, clients: 3) == [.accepted, .unanswered])
    }

    @Test func `loses nobody when another socket of its group inherits`() {
        #expect(fates(.handedOver, clients: 3) == [.accepted])
    }
}
