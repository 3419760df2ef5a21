// SPDX-License-Identifier: Apache-2.0

import Console
import PortDoctor
import SocketDiagnostics
import SystemPackage

/// What this machine's kernel knows of its ports, at one moment.
struct PortSurvey {
    let economy: PortEconomy
    let counters: PortCounters

    init(economy: PortEconomy, counters: PortCounters) {
        self.economy = economy
        self.counters = counters
    }

    /// Asks the kernel, of the network namespace this thread is in.
    init() throws(SocketDiagnosticsError) {
        var diagnostics = try SocketDiagnostics()
        // One walk for both families, in which the listeners come first.
        let tally = try diagnostics.reduceSockets(
            matching: SocketQuery(family: nil), into: PortTally(settings: Self.settings)
        ) { $0.add($1) }
        economy = tally.economy()
        counters = Self.counters
    }

    /// What the kernel has counted.
    ///
    /// `/proc/net` would be the namespace of the process's first thread.
    static var counters: PortCounters {
        PortCounters(
            netstat: text("/proc/thread-self/net/netstat") ?? "",
            sockstat: text("/proc/thread-self/net/sockstat") ?? "",
            pageSize: ThisProcess.pageSize)
    }

    /// The kernel's settings about ports.
    static var settings: PortSettings {
        var settings = PortSettings(reading: setting)
        settings.kernel = KernelRelease.running
        return settings
    }

    /// The text of a setting such as `ipv4.tcp_fin_timeout`, without its newline.
    static func setting(_ name: String) -> String? {
        let path = "/proc/sys/net/" + name.split(separator: ".").joined(separator: "/")
        guard let text = text(path) else { return nil }
        return String(text.prefix { $0 != "\n" })
    }

    /// The text of a file of proc(5).
    static func text(_ path: String) -> String? {
        guard let descriptor = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        else { return nil }
        let bytes = try? descriptor.closeAfter {
            try FileBytes.all(of: descriptor, limit: 1 << 20)
        }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
