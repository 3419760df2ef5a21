// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
package import TCPClosing

/// The kernel's settings that decide how many local ports there are and how long they rest
/// (ip-sysctl), as one network namespace has them.
package struct PortSettings: Hashable, Sendable {
    /// `ip_local_port_range`: what the kernel chooses from by itself.
    package var automaticPorts: ClosedRange<UInt16>
    /// `ip_local_reserved_ports`: what it leaves out of that.
    package var reservedPorts: [ClosedRange<UInt16>]
    /// `ip_unprivileged_port_start`: below it a port is root's.
    package var firstUnprivilegedPort: UInt16
    /// `tcp_max_tw_buckets`.
    package var timeWaitLimit: Int
    /// `tcp_tw_reuse` and `tcp_tw_reuse_delay`: whose TIME-WAIT an outgoing connection may take over.
    package var reuse: TimeWaitReuseSettings
    /// `tcp_timestamps`: without them nothing is taken over.
    package var usesTimestamps: Bool
    /// `tcp_fin_timeout`: how long an orphan waits in FIN-WAIT-2.
    package var finWait2Timeout: Duration
    /// The kernel's release; `nil` when it is not known.
    package var kernel: KernelRelease?

    package init(
        automaticPorts: ClosedRange<UInt16> = 32_768...60_999,
        reservedPorts: [ClosedRange<UInt16>] = [], firstUnprivilegedPort: UInt16 = 1024,
        timeWaitLimit: Int = 131_072,
        reuse: TimeWaitReuseSettings = TimeWaitReuseSettings(), usesTimestamps: Bool = true,
        finWait2Timeout: Duration = .seconds(60)
    ) {
        self.automaticPorts = automaticPorts
        self.reservedPorts = reservedPorts
        self.firstUnprivilegedPort = firstUnprivilegedPort
        self.timeWaitLimit = timeWaitLimit
        self.reuse = reuse
        self.usesTimestamps = usesTimestamps
        self.finWait2Timeout = finWait2Timeout
    }

    /// Reads them from what each setting's file holds; settings that are missing keep the kernel's
    /// default.
    ///
    /// - Parameter value: the text of a setting such as `ipv4.tcp_fin_timeout`, without its newline.
    package init(reading value: (String) -> String?) {
        self.init()
        func number(_ name: String) -> Int? { value("ipv4.\(name)").flatMap { Int($0) } }
        if let ends = value("ipv4.ip_local_port_range")?.split(whereSeparator: \.isWhitespace)
            .compactMap({ UInt16($0) }), ends.count == 2, ends[0] <= ends[1]
        {
            automaticPorts = ends[0]...ends[1]
        }
        reservedPorts = Self.ranges(value("ipv4.ip_local_reserved_ports") ?? "")
        firstUnprivilegedPort =
            number("ip_unprivileged_port_start").flatMap { UInt16(exactly: $0) }
            ?? firstUnprivilegedPort
        timeWaitLimit = number("tcp_max_tw_buckets") ?? timeWaitLimit
        reuse.setting =
            number("tcp_tw_reuse")
            .flatMap(TimeWaitReuse.Setting.init(rawValue:)) ?? reuse.setting
        reuse.delay = number("tcp_tw_reuse_delay").map { .milliseconds($0) } ?? reuse.delay
        usesTimestamps = number("tcp_timestamps").map { $0 != 0 } ?? usesTimestamps
        finWait2Timeout = number("tcp_fin_timeout").map { .seconds($0) } ?? finWait2Timeout
    }

    /// `8080,9000-9100`, as the kernel writes it.
    static func ranges(_ text: String) -> [ClosedRange<UInt16>] {
        text.split(separator: ",")
            .compactMap { part in
                let ends = part.split(separator: "-").compactMap { UInt16($0) }
                guard let first = ends.first, let last = ends.last, first <= last else {
                    return nil
                }
                return first...last
            }
    }

    /// Whether the kernel may choose a port by itself.
    package func isAutomatic(_ port: UInt16) -> Bool {
        automaticPorts.contains(port) && !reservedPorts.contains { $0.contains(port) }
    }

    /// The ports the kernel may choose from by itself.
    package var automaticPortSet: PortSet {
        var ports = PortSet()
        ports.insert(automaticPorts)
        for range in reservedPorts { ports.remove(range) }
        return ports
    }

    /// How many ports the kernel may choose from.
    package var automaticPortCount: Int {
        reservedPorts.isEmpty ? automaticPorts.count : automaticPortSet.count
    }

    /// How long a port that the kernel chose rests towards an address after its connection was
    /// closed here first.
    package func rest(towards address: InternetAddress) -> Duration {
        takesOver(towards: address) ? reuse.delay : TimeWait.length
    }

    /// Whether an outgoing connection takes over a TIME-WAIT towards this address.
    package func takesOver(towards address: InternetAddress) -> Bool {
        usesTimestamps && reuse.allow(address)
    }
}
