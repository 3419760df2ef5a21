// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// A diagnosis for a person; its first line is the answer.
package struct DiagnosisText {
    private let diagnosis: BindDiagnosis
    private let settings: PortSettings
    private let width: Int
    /// What could not be seen, and what would show it.
    private let remarks: [String]

    package init(
        _ diagnosis: BindDiagnosis, settings: PortSettings, width: Int = 80, remarks: [String] = []
    ) {
        self.diagnosis = diagnosis
        self.settings = settings
        self.width = max(40, width)
        self.remarks = remarks
    }

    /// The whole text, with a newline at the end.
    package var text: String {
        var parts = [Paragraph.lines(answer, width: width)]
        parts += others
        parts += advice("What helps, the safest first:", diagnosis.remedies.filter { !$0.isNoUse })
        parts += advice("What does not:", diagnosis.remedies.filter(\.isNoUse))
        parts += remarks.map { Paragraph.lines($0, width: width) }
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var what: String {
        let request = diagnosis.request
        let place = "\(Destination(address: request.address, port: request.port))"
        var options: [String] = []
        if request.reusesAddress { options.append("SO_REUSEADDR") }
        if request.reusesPort { options.append("SO_REUSEPORT") }
        if request.isIPv6Only { options.append("IPV6_V6ONLY") }
        return "bind() to \(place)"
            + (options.isEmpty ? "" : " with \(options.joined(separator: " and "))")
    }

    private var answer: String {
        let first = diagnosis.blockers.first
            .map { BlockerText(blocker: $0, settings: settings).clause }
        switch diagnosis.verdict {
        case .works: return "Yes: \(what) works now."
        case .blocked:
            return "No: \(what) fails with EADDRINUSE (Address already in use): \(first ?? "")."
        case .uncertain: return "Perhaps: \(what) \(condition): \(first ?? "")."
        case .notAllowed:
            return "No: \(what) fails with EACCES (Permission denied): this port needs a privilege."
        case .addressNotHere:
            return "No: \(what) fails with EADDRNOTAVAIL (Cannot assign requested address): this "
                + "machine has no such address."
        case .mappedAddressRefused:
            return "No: \(what) fails with EINVAL (Invalid argument): a mapped IPv4 address on a "
                + "socket for IPv6 only."
        }
    }

    /// On what an uncertain answer depends.
    private var condition: String {
        let unknown = Set(diagnosis.blockers.flatMap(\.obstacle.dependsOn))
        if unknown.contains(.reuseAddress) {
            return "works only if the socket in the way has SO_REUSEADDR too"
        }
        if unknown.contains(.reusePort) {
            return "works only if the socket in the way has SO_REUSEPORT too, and the same user"
        }
        if unknown.contains(.ipv6Only) {
            return "works only if the socket in the way has IPV6_V6ONLY"
        }
        return "works or fails, as the kernel does not tell"
    }

    private var others: [[String]] {
        let rest = diagnosis.blockers.dropFirst()
        guard !rest.isEmpty else { return [] }
        let shown = rest.prefix(4)
            .flatMap {
                Self.item(BlockerText(blocker: $0, settings: settings).clause + ".", width)
            }
        let more = rest.count - 4
        return [["Also in the way:"] + shown + (more > 0 ? ["  and \(more) more."] : [])]
    }

    private func advice(_ title: String, _ remedies: [Remedy]) -> [[String]] {
        guard !remedies.isEmpty else { return [] }
        return [[title] + remedies.flatMap { Self.item($0.text, width) }]
    }

    private static func item(_ text: String, _ width: Int) -> [String] {
        Paragraph.lines(text, width: width - 4).enumerated()
            .map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
    }
}

extension Remedy {
    fileprivate var isNoUse: Bool { kind == .noUse }
}
