// SPDX-License-Identifier: Apache-2.0

import Console
import PortDoctor
import SocketDiagnostics
import SystemPackage

/// What this machine's kernel knows of its ports, at one moment.
struct PortSurvey {
    let economy: PortEconomy
    let counters: PortCounters

    /// Asks the kernel, of the network namespace this thread is in.
    init() throws(SocketDiagnosticsError) {
        var diagnostics = try SocketDiagnostics()
        var sockets: [SocketSnapshot] = []
        for family in SocketQuery.Family.allCases {
            sockets += try diagnostics.sockets(matching: SocketQuery(family: family))
        }
        economy = PortEconomy(of: sockets, settings: Self.settings)
        counters = PortCounters(netstat: Self.text("/proc/net/netstat") ?? "")
    }

    /// The kernel's settings about ports.
    static var settings: PortSettings { PortSettings(reading: setting) }

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
