// SPDX-License-Identifier: Apache-2.0

/// Whether connect(2) may take a four-tuple over from a mini-socket of this machine.
///
/// The rule of Linux (`tcp_twsk_unique`, `__inet_check_established`), measured on 6.18. Without
/// TCP timestamps nothing tells segments of the old connection from those of the new (RFC 6191), so
/// the four-tuple is refused for as long as it rests. A SYN *from the remote end* is another matter:
/// see `ClosingEvent.syn` in TIME-WAIT.
public struct TimeWaitReuse: Hashable, Sendable {
    /// The mini-socket that has the four-tuple.
    public enum Holder: Hashable, Sendable, CaseIterable {
        /// TIME-WAIT.
        case timeWait
        /// An orphan in FIN-WAIT-2.
        case finWait2
    }

    /// Who chose the local port of the new connection.
    public enum PortChoice: Hashable, Sendable, CaseIterable {
        /// The process, with bind(2); both sockets have `SO_REUSEADDR`, or bind(2) fails already.
        case bound
        /// The kernel, also with `IP_BIND_ADDRESS_NO_PORT`.
        case automatic
    }

    /// The setting `net.ipv4.tcp_tw_reuse`.
    public enum Setting: Int, Hashable, Sendable, CaseIterable {
        /// Never.
        case off = 0
        /// For all destinations.
        case on = 1
        /// Between loopback addresses only; the default. A connection from one of this machine's other
        /// addresses to itself goes over the loopback device too, and does not count (measured).
        case loopbackOnly = 2
    }

    /// What connect(2) does.
    public enum Answer: Hashable, Sendable {
        /// It takes the four-tuple over.
        case takesOver
        /// It fails with `EADDRNOTAVAIL`, or for an automatic port looks for another one.
        case refused(Refusal)
    }

    /// Why it may not.
    public enum Refusal: Hashable, Sendable, CaseIterable {
        /// Without timestamps (RFC 7323) nothing tells old segments from new ones.
        case withoutTimestamps
        /// The kernel chooses the port, and passes over FIN-WAIT-2 that nobody owns.
        case finWait2
        /// The kernel chooses the port, and `tcp_tw_reuse` does not let it take this TIME-WAIT.
        case notAllowed
        /// The kernel chooses the port, and this TIME-WAIT is no older than `tcp_tw_reuse_delay`.
        case tooYoung
    }

    /// Who has the four-tuple.
    public var holder: Holder
    /// Whether the old connection used timestamps, for which both ends must have them on.
    public var hadTimestamps: Bool
    /// Who chose the local port.
    public var choice: PortChoice
    /// How long the holder has been resting.
    public var age: Duration
    /// `net.ipv4.tcp_tw_reuse`.
    public var setting: Setting
    /// Whether an address of the connection is a loopback address.
    public var isLoopback: Bool
    /// `net.ipv4.tcp_tw_reuse_delay`: 1 s by default.
    public var delay: Duration

    /// Makes a case to decide, with Linux's default settings.
    public init(
        _ holder: Holder, hadTimestamps: Bool = true, choice: PortChoice, age: Duration,
        setting: Setting = .loopbackOnly, isLoopback: Bool = false, delay: Duration = .seconds(1)
    ) {
        self.holder = holder
        self.hadTimestamps = hadTimestamps
        self.choice = choice
        self.age = age
        self.setting = setting
        self.isLoopback = isLoopback
        self.delay = delay
    }

    /// What connect(2) does.
    public var answer: Answer {
        guard hadTimestamps else {
            return .refused(.withoutTimestamps)
        }
        switch (choice, holder) {
        case (.bound, .timeWait), (.bound, .finWait2): return .takesOver
        case (.automatic, .finWait2): return .refused(.finWait2)
        case (.automatic, .timeWait): return automaticAnswer
        }
    }

    private var automaticAnswer: Answer {
        switch setting {
        case .off: return .refused(.notAllowed)
        case .loopbackOnly where !isLoopback: return .refused(.notAllowed)
        case .on, .loopbackOnly: return age > delay ? .takesOver : .refused(.tooYoung)
        }
    }
}
