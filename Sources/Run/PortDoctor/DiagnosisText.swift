// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import TCPClosing
import TextForms

/// A diagnosis for a person; its first line is the answer.
package struct DiagnosisText {
    private let diagnosis: BindDiagnosis
    private let call: CallText
    private let width: Int
    /// What else there is to say, and what could not be seen.
    private let remarks: [String]

    package init(
        _ diagnosis: BindDiagnosis, call: CallText = .asked, width: Int = 80,
        remarks: [String] = []
    ) {
        self.diagnosis = diagnosis
        self.call = call
        self.width = max(40, width)
        self.remarks = remarks
    }

    /// The whole text, with a newline at the end.
    package var text: String {
        var page = TextPage(width: width)
        page.add(answer)
        var more = diagnosis.blockers.first.map(details) ?? []
        if let failure { more.insert(failure, at: 0) }
        page.add(more.flatMap { Paragraph.lines($0, width: self.width) })
        page.add(others)
        page.add(
            "What helps, the safest first:", diagnosis.remedies.filter { !$0.isNoUse }.map(\.text))
        page.add("What does not:", diagnosis.remedies.filter(\.isNoUse).map(\.text))
        for remark in remarks { page.add(remark) }
        if let certainty { page.add("How sure: \(certainty)") }
        return page.text
    }

    /// The answer alone.
    package var firstLine: String { answer }

    private var settings: PortSettings { diagnosis.surroundings.settings }
    private var what: String { call.bind(diagnosis.request) }

    private func clause(_ blocker: BindDiagnosis.Blocker) -> String {
        BlockerText(blocker: blocker, settings: settings).clause
    }

    private func details(of blocker: BindDiagnosis.Blocker) -> [String] {
        BlockerText(blocker: blocker, settings: settings).details
    }

    /// The first line: what to know if one reads no further.
    private var answer: String {
        let first = diagnosis.blockers.first.map(clause) ?? "something is in the way"
        let request = diagnosis.request
        switch diagnosis.verdict {
        case .works: return call.answer("Yes", "\(what) works now.")
        case .blocked: return call.answer("No", "\(first).")
        case .uncertain: return call.answer("Perhaps", "if \(condition): \(first).")
        case .notAllowed:
            return call.answer(
                "No",
                "port \(request.port) needs a privilege, as all below "
                    + "\(diagnosis.surroundings.firstFreePort) do.")
        case .addressNotHere:
            return call.answer("No", "\(request.address) is no address of this machine.")
        case .mappedAddressRefused:
            return call.answer(
                "No", "\(request.address) is IPv4, and the socket is for IPv6 only.")
        }
    }

    /// The call, and the error it ends with.
    private var failure: String? {
        switch diagnosis.verdict {
        case .works: nil
        case .blocked: "\(what) \(call.fails) with \(ErrorText.addressInUse)."
        case .uncertain: "Otherwise \(what) \(call.fails) with \(ErrorText.addressInUse)."
        case .notAllowed: "\(what) \(call.fails) with \(ErrorText.accessDenied)."
        case .addressNotHere:
            "\(what) \(call.fails) with \(ErrorText.addressNotAvailable).\(addresses)"
        case .mappedAddressRefused: "\(what) \(call.fails) with \(ErrorText.invalid)."
        }
    }

    private var addresses: String {
        let addresses = diagnosis.surroundings.addresses
        guard !addresses.isEmpty else { return "" }
        let more = addresses.count > 8 ? " and \(addresses.count - 8) more" : ""
        return " It has \(addresses.prefix(8).map(\.description).joined(separator: ", "))\(more)."
    }

    /// On what an uncertain answer depends.
    private var condition: String {
        let unknown = Set(diagnosis.blockers.flatMap(\.obstacle.dependsOn))
        if unknown.contains(.reuseAddress) { return "the old socket has SO_REUSEADDR too" }
        if unknown.contains(.reusePort) {
            return unknown.contains(.user)
                ? "the old socket has SO_REUSEPORT too, and is the same user's"
                : "the old socket has SO_REUSEPORT too"
        }
        if unknown.contains(.ipv6Only) { return "the old socket has IPV6_V6ONLY" }
        return "the kernel does not tell what decides"
    }

    /// What this kernel does not show.
    private var unseen: String? {
        guard let kernel = settings.kernel, !kernel.showsBoundSockets else { return nil }
        return "Linux \(kernel) does not show sockets that are bound and do not listen (6.8 does)."
    }

    private var certainty: String? {
        switch (diagnosis.certainty, diagnosis.verdict) {
        case (.certain, .works):
            unseen.map { "\($0) --probe finds out, by doing it." }
        case (.certain, _): "certain, by the kernel's rule; all that decides is known."
        case (.depends, _):
            "it hangs on what the kernel tells nobody; --probe finds out, by doing it."
        case (.proved, .works):
            "proved: bind() of a socket of our own has succeeded just now. It did not listen, and is "
                + "closed again."
        case (.proved, _):
            switch call {
            case .asked: "proved: bind() of a socket of our own has failed just now."
            case .made: "it has happened."
            }
        }
    }

    private var others: [String] {
        let rest: ArraySlice<BindDiagnosis.Blocker>
        let title: String
        switch diagnosis.verdict {
        case .blocked, .uncertain:
            (title, rest) = ("Also in the way:", diagnosis.blockers.dropFirst())
        case .notAllowed, .addressNotHere:
            (title, rest) = ("And in the way is:", diagnosis.blockers[...])
        case .works, .mappedAddressRefused: return []
        }
        guard !rest.isEmpty else { return [] }
        let most = BindDiagnosis.shown - 1
        let shown = rest.prefix(most).flatMap { TextPage.item(clause($0) + ".", width) }
        let more = rest.count - most
        return [title] + shown + (more > 0 ? ["  and \(more) more."] : [])
    }
}

extension Remedy {
    fileprivate var isNoUse: Bool { kind == .noUse }
}

/// Paragraphs and lists within columns.
struct TextPage {
    let width: Int
    private var parts: [[String]] = []

    init(width: Int) { self.width = width }

    /// A paragraph, unless it is empty.
    mutating func add(_ text: String) { add(Paragraph.lines(text, width: width)) }

    /// Lines that are as wide as they may be.
    mutating func add(_ lines: [String]) {
        if !lines.isEmpty { parts.append(lines) }
    }

    /// A list under a title, unless it is empty.
    mutating func add(_ title: String, _ items: [String]) {
        if !items.isEmpty { add([title] + items.flatMap { Self.item($0, width) }) }
    }

    static func item(_ text: String, _ width: Int) -> [String] {
        Paragraph.lines(text, width: width - 4).enumerated()
            .map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
    }

    /// The whole text, with a newline at the end.
    var text: String {
        parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }
}
