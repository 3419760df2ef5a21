// SPDX-License-Identifier: Apache-2.0

/// Reads one item, `[user@]name[:port]`, into a template.
struct HostItemParser {
    let bytes: [UInt8]
    let outline: HostItemOutline
    var limits = HostLimits()

    /// The item as a template.
    func template() throws(HostSyntaxFault) -> HostTemplate {
        let (start, end) = (outline.range.lowerBound, outline.range.upperBound)
        guard let at = outline.at else { return try host(start..<end, user: nil) }
        return try host((at + 1)..<end, user: user(start..<at))
    }

    private func user(_ range: Range<Int>) throws(HostSyntaxFault) -> String {
        guard let first = bytes[range].first else {
            throw HostSyntaxFault(.emptyUser, at: range.lowerBound)
        }
        if first == UInt8(ascii: "-") {
            throw HostSyntaxFault(.leadingUserDash, at: range.lowerBound)
        }
        for index in range where !bytes[index].isUserByte {
            let sign = FaultyText.sign(in: bytes[...], at: index)
            throw HostSyntaxFault(.unexpectedUserCharacter(sign.text), at: index)
        }
        guard range.count <= Host.maximumUserLength else {
            throw HostSyntaxFault(.userTooLong(bytes: range.count), at: range.lowerBound)
        }
        return text(range)
    }

    private func host(_ range: Range<Int>, user: String?) throws(HostSyntaxFault) -> HostTemplate {
        if let second = bytes[range].firstIndex(of: UInt8(ascii: "@")), user != nil {
            throw HostSyntaxFault(.secondUser, at: second)
        }
        if outline.bracket == range.lowerBound, let address = bracketedAddress(range) {
            try checkAddress(address)
            let rest = (address.upperBound + 1)..<range.upperBound
            if let next = bytes[rest].first, next != UInt8(ascii: ":") {
                throw HostSyntaxFault(.textAfterAddress, at: rest.lowerBound)
            }
            return HostTemplate(
                user: user, parts: [.literal(text(address))],
                port: rest.isEmpty ? nil : try port(rest.dropFirst()))
        }
        if outline.hasSecondColon {
            if let bracket = outline.bracket {
                throw HostSyntaxFault(.rangeInAddress, at: bracket)
            }
            try checkAddress(range)
            return HostTemplate(user: user, parts: [.literal(text(range))], port: nil)
        }
        guard let colon = outline.colon else {
            return HostTemplate(user: user, parts: try name(range), port: nil)
        }
        return HostTemplate(
            user: user, parts: try name(range.lowerBound..<colon),
            port: try port((colon + 1)..<range.upperBound))
    }

    /// What stands between the brackets a host begins with, if it is an address and not a range.
    private func bracketedAddress(_ range: Range<Int>) -> Range<Int>? {
        guard let close = bytes[range].firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let inside = (range.lowerBound + 1)..<close
        return bytes[inside].contains(UInt8(ascii: ":")) ? inside : nil
    }

    private func checkAddress(_ range: Range<Int>) throws(HostSyntaxFault) {
        try HostName.check(bytes, range)
    }

    private func port(_ range: Range<Int>) throws(HostSyntaxFault) -> Int {
        guard !range.isEmpty else { throw HostSyntaxFault(.emptyPort, at: range.lowerBound) }
        guard bytes[range].allSatisfy(\.isASCIIDigit), let port = Int(text(range)),
            1...65535 ~= port
        else {
            let quotation = FaultyText.visible(bytes[range].prefix(20))
            throw HostSyntaxFault(.invalidPort(quotation), at: range.lowerBound)
        }
        return port
    }

    private func name(_ range: Range<Int>) throws(HostSyntaxFault) -> [HostTemplate.Part] {
        guard outline.bracket != nil else {
            try HostName.check(bytes, range)
            return [.literal(text(range))]
        }
        return try HostRangeParser(bytes: bytes, limits: limits).parts(range)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}
