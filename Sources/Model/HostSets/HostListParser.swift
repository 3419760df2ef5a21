// SPDX-License-Identifier: Apache-2.0

/// Reads the items of a list such as `a,root@b[1-3]:22,^file`, one at a time.
struct HostListParser {
    /// How many hosts the list stands for so far; at most `HostPattern.maximumCount`.
    var count: Int

    private let bytes: [UInt8]
    private let range: Range<Int>
    private var position: Int
    private var isAtEnd = false

    /// - Parameters:
    ///   - bytes: the text the list is part of; faults count their offset from its start.
    ///   - range: the list; it holds no line ends.
    ///   - count: how many hosts came before, for the limit.
    init(_ bytes: [UInt8], _ range: Range<Int>, after count: Int = 0) {
        self.bytes = bytes
        self.range = range
        self.count = count
        position = range.lowerBound
    }

    /// The next item, or `nil` after the last.
    mutating func next() throws(HostSyntaxFault) -> HostListItem? {
        if isAtEnd { return nil }
        guard !range.isEmpty else { throw HostSyntaxFault(.emptyPattern, at: position) }
        if position < range.upperBound, bytes[position] == UInt8(ascii: "^") {
            return fileItem()
        }
        let outline = try HostItemOutline(bytes, position..<range.upperBound)
        guard !outline.range.isEmpty else { throw HostSyntaxFault(.emptyItem, at: position) }
        let template = try HostItemParser(bytes: bytes, outline: outline).template()
        let (sum, overflow) = count.addingReportingOverflow(template.count ?? Int.max)
        guard !overflow, sum <= HostPattern.maximumCount else {
            throw HostSyntaxFault(
                .beyondLimit(.hosts, HostPattern.maximumCount), at: position)
        }
        count = sum
        advance(to: outline.range.upperBound)
        return .hosts(template)
    }

    /// A path runs to the next comma, whatever it holds.
    private mutating func fileItem() -> HostListItem {
        let start = position
        let rest = bytes[(start + 1)..<range.upperBound]
        let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? range.upperBound
        advance(to: end)
        return .file(path: String(decoding: bytes[(start + 1)..<end], as: UTF8.self), offset: start)
    }

    private mutating func advance(to comma: Int) {
        isAtEnd = comma == range.upperBound
        position = isAtEnd ? comma : comma + 1
    }
}
