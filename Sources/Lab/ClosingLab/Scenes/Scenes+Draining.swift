// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// The same crowd at a listener that closes, one way after the other: who is lost.
extension Scene {
    /// Eight clients each wait in the queue, have their last ACK in flight, a SYN+ACK, a SYN: 24 of
    /// them are connected, or will believe so.
    private static func crowd(
        _ way: ServerStop, sharing: Bool = false, _ fates: Fates
    ) -> [SceneStep] {
        [.serve(sharing: sharing)] + CallProgress.allCases.map { .call(8, $0) }
            + [.stopServing(way), .fates(fates)]
    }

    static let draining: [Scene] = [
        Scene(
            "crowd-close", "32 clients call; B closes its listener",
            finds: "all 24 that were connected are reset, 8 are refused", .listener, .holds,
            crowd(.close, Fates(reset: 24, refused: 8))),
        Scene(
            "crowd-check-then-close",
            "32 clients call; B accepts until nothing waits, then closes",
            finds: "8 are served, 16 connected ones are reset, 8 are refused: the race of which "
                + "the page says that it cannot be closed",
            .listener, .holds,
            crowd(.acceptThenClose, Fates(served: 8, reset: 16, refused: 8))),
        Scene(
            "crowd-drain", "32 clients call; B closes by DrainingListener",
            finds: "all 24 connected ones are served, 8 are refused, none is reset",
            .listener, .changed, crowd(.drain, Fates(served: 24, refused: 8))),
        Scene(
            "crowd-drain-unprivileged",
            "32 clients call; B closes by DrainingListener, without the right to a SYN filter",
            finds: "a minimum TTL keeps SYNs away just as well: none is reset",
            .listener, .changed, crowd(.drainWithoutFilter, Fates(served: 24, refused: 8))),
        Scene(
            "crowd-drain-successor",
            "32 clients call; B closes by DrainingListener, a successor shares the port",
            finds: "24 are served here, and the 8 late ones there: nobody notices anything",
            .listener, .changed,
            crowd(.drainToSuccessor, sharing: true, Fates(served: 24, servedBySuccessor: 8))),
        Scene(
            "crowd-migrate",
            "32 clients call; B closes, a successor shares the port, tcp_migrate_req is 1",
            finds: "all 32 are served by the successor: nobody notices anything",
            .listener, .changed,
            [.setting(.b, "ipv4.tcp_migrate_req", "1")]
                + crowd(.drainToSuccessor, sharing: true, Fates(servedBySuccessor: 32))),
    ]
}
