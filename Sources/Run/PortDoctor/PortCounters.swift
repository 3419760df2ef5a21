// SPDX-License-Identifier: Apache-2.0

/// What the kernel has counted in one network namespace since it began (proc(5),
/// `/proc/net/netstat`), as far as ports and TIME-WAIT are concerned.
package struct PortCounters: Hashable, Sendable {
    /// Connections that went into TIME-WAIT (`TW`).
    package var timeWaits = 0
    /// TIME-WAITs taken over by a new connection (`TWRecycled`).
    package var takenOver = 0
    /// TIME-WAITs that ended early, by RST or by force (`TWKilled`).
    package var killed = 0
    /// Connections that skipped TIME-WAIT because there were too many (`TCPTimeWaitOverflow`).
    package var overflowed = 0
    /// Connections that found a listener's queue full (`ListenOverflows`).
    package var listenOverflows = 0
    /// Closed with data unread, so by RST (`TCPAbortOnClose`, `TCPAbortOnData`).
    package var abortedUnread = 0
    /// Orphans given up because the other end stayed silent (`TCPAbortOnTimeout`).
    package var abortedSilent = 0

    /// What waits in the buffers of all TCP sockets of the machine, in bytes (`mem` of
    /// `/proc/net/sockstat`); no namespace has a number of its own.
    package var bufferBytes = 0

    package init() {}

    /// Reads them from pairs of lines, names above numbers; what is missing stays 0.
    ///
    /// - Parameters:
    ///   - text: the file `netstat`.
    ///   - sockstat: the file `sockstat`.
    ///   - pageSize: how many bytes a page of memory has.
    package init(netstat text: String, sockstat: String = "", pageSize: Int = 4096) {
        var values: [Substring: Int] = [:]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for index in stride(from: 0, to: lines.count - 1, by: 2) {
            let names = lines[index].split(separator: " ")
            let numbers = lines[index + 1].split(separator: " ")
            guard names.first == "TcpExt:", numbers.first == "TcpExt:" else { continue }
            for (name, number) in zip(names, numbers).dropFirst() {
                values[name] = Int(number)
            }
        }
        timeWaits = values["TW"] ?? 0
        takenOver = values["TWRecycled"] ?? 0
        killed = values["TWKilled"] ?? 0
        overflowed = values["TCPTimeWaitOverflow"] ?? 0
        listenOverflows = values["ListenOverflows"] ?? 0
        abortedUnread = (values["TCPAbortOnClose"] ?? 0) + (values["TCPAbortOnData"] ?? 0)
        abortedSilent = values["TCPAbortOnTimeout"] ?? 0
        for line in sockstat.split(separator: "\n") where line.hasPrefix("TCP:") {
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "mem"), place + 1 < words.count else { continue }
            bufferBytes = (Int(words[place + 1]) ?? 0) * pageSize
        }
    }
}
