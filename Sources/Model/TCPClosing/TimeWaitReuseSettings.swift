// SPDX-License-Identifier: Apache-2.0

/// When a port whose four-tuple is in TIME-WAIT may be chosen by the kernel (ip-sysctl).
public struct TimeWaitReuseSettings: Hashable, Sendable {
    /// `net.ipv4.tcp_tw_reuse`.
    public var setting: TimeWaitReuse.Setting
    /// `net.ipv4.tcp_tw_reuse_delay`: how old it must be at least.
    ///
    /// Kernels before 6.14 know 1 s only.
    public var delay: Duration

    /// Makes a setting; without arguments, the kernel's default.
    public init(
        _ setting: TimeWaitReuse.Setting = .loopbackOnly, delay: Duration = .seconds(1)
    ) {
        self.setting = setting
        self.delay = delay
    }

    /// Whether connections with this address may be taken over, once they are old enough.
    public func allow(_ address: InternetAddress) -> Bool {
        switch setting {
        case .off: false
        case .on: true
        case .loopbackOnly: address.isLoopback
        }
    }
}
