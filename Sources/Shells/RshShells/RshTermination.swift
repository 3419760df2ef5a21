// SPDX-License-Identifier: Apache-2.0

/// When to send which signal to a remote command that shall end, and other waits of a session.
///
/// A signal byte that reaches in.rshd before it has made the command's process group is lost (15 of
/// 250 in the first milliseconds, measured): it is repeated until the streams end.
struct RshTermination {
    /// How long between two signals.
    static let repetition = Duration.milliseconds(100)
    /// How long SIGTERM is repeated before SIGKILL takes its place.
    static let patience = Duration.seconds(2)
    /// How long a stderr connection is awaited after the primary one has ended.
    static let stderrPatience = Duration.seconds(5)

    /// How long a stderr listener is waited for without a word.
    static let listenerPatience = Duration.seconds(1)
    /// How long a stderr connection that may be another's is held without a word.
    static let holdPatience = Duration.milliseconds(500)

    /// A wait that is worth a word only when it lasts.
    struct Wait {
        var reason: String
        var silentUntil: ContinuousClock.Instant
    }

    private static let terminate: UInt8 = 15
    private static let kill: UInt8 = 9

    private var beganAt: ContinuousClock.Instant?
    private var lastAt: ContinuousClock.Instant?
    /// When the primary connection ended with the stderr connection still awaited.
    var primaryEndedAt: ContinuousClock.Instant?

    /// The signal to send now, if it is time for one.
    mutating func signalDue(at now: ContinuousClock.Instant) -> UInt8? {
        if let lastAt, now < lastAt + Self.repetition { return nil }
        let began = beganAt ?? now
        (beganAt, lastAt) = (began, now)
        return now < began + Self.patience ? Self.terminate : Self.kill
    }

    /// What the session waits for, before its command is sent.
    var wait: Wait?

    /// What has been waited for long enough to say so.
    func overdueWait(at now: ContinuousClock.Instant) -> String? {
        wait.flatMap { now >= $0.silentUntil ? $0.reason : nil }
    }

    /// Whether the stderr connection has been awaited long enough.
    func stderrIsOverdue(at now: ContinuousClock.Instant) -> Bool {
        guard let primaryEndedAt else { return false }
        return now >= primaryEndedAt + Self.stderrPatience
    }
}
