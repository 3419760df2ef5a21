// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a text, and at which byte of it; whoever holds the text turns the byte into
/// a column or a line.
struct HostSyntaxFault: Error, Hashable, Sendable {
    var reason: HostPatternFault.Reason
    /// The byte the fault is at, counted from the start of the text.
    var offset: Int

    init(_ reason: HostPatternFault.Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The fault of a byte that no host name can hold.
    static func unexpected(in bytes: [UInt8], at offset: Int) -> HostSyntaxFault {
        let sign = FaultyText.sign(in: bytes[...], at: offset)
        if let character = sign.text.first, sign.text.count == 1,
            let reserved = HostPatternFault.ReservedSign(rawValue: character)
        {
            return HostSyntaxFault(.unsupportedSyntax(reserved), at: offset)
        }
        return HostSyntaxFault(.unexpectedCharacter(sign.text), at: offset)
    }
}
