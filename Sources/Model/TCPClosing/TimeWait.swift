// SPDX-License-Identifier: Apache-2.0

/// How long TIME-WAIT keeps a four-tuple, and what that costs.
public enum TimeWait {
    /// The constant of Linux (`TCP_TIMEWAIT_LEN`); no setting changes it.
    ///
    /// `tcp_fin_timeout` is about FIN-WAIT-2.
    public static let length = Duration.seconds(60)
    /// The longest that was measured: the kernel's timer wheel rounds up by up to 2.048 s at HZ=250.
    ///
    /// The time left that the kernel tells stays at 0 meanwhile.
    public static let longest = Duration.milliseconds(62_100)
    /// What the kernel keeps of the connection: one `tcp_timewait_sock`, bytes (slab, measured).
    public static let recordBytes = 256

    /// How many connections a second can be opened for ever, each from a port of its own, when this
    /// end closes first.
    ///
    /// - Parameters:
    ///   - ports: how many local ports there are towards one destination.
    ///   - rest: how long a port rests after its connection: `length`, or `tcp_tw_reuse_delay`
    ///     where TIME-WAIT is taken over; greater than zero.
    ///   - lifetime: how long a connection is open on the average.
    /// - Returns: connections a second.
    public static func sustainableRate(
        ports: Int, rest: Duration = length, lifetime: Duration = .zero
    ) -> Double {
        Double(ports) / ((rest + lifetime) / .seconds(1))
    }
}
