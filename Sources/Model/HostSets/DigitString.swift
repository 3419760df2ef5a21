// SPDX-License-Identifier: Apache-2.0

/// Runs of digits as single numbers, so that `8`, `08` and `008` are three.
///
/// The rank of a run counts the runs that come before it when shorter ones come first:
/// 0…9, then 00…99 (10…109), then 000…999 (110…1109), and so on. A range of numbers of one length is
/// then a range of ranks. Ranks below zero stand for negative numbers, which have no zeros in front.
package enum DigitString {
    /// The most digits a run may have, so that every rank fits an `Int`.
    package static let maximumLength = 18

    /// 10 to the power 0...18.
    static let powers: [Int] = (0...maximumLength)
        .map { (0..<$0).reduce(1) { power, _ in power * 10 } }

    /// The rank of the first run of a length, 1...18.
    static let starts: [Int] = [0] + (1...maximumLength).map { (powers[$0] - 10) / 9 }

    /// The rank of a value written with at least `width` digits.
    package static func rank(of value: Int, width: Int) -> Int {
        guard value >= 0 else { return value }
        let length = max(width, naturalLength(of: value))
        return starts[length] + value
    }

    /// The rank of these digits; at most 18, at least one.
    @inline(__always)
    package static func rank(of digits: some Collection<UInt8>) -> Int {
        var value = 0
        for digit in digits { value = value &* 10 &+ Int(digit &- 48) }
        return starts[digits.count] + value
    }

    /// How many digits a value has without zeros in front.
    package static func naturalLength(of value: Int) -> Int {
        var length = 1
        while length < maximumLength, value >= powers[length] { length += 1 }
        return length
    }

    /// How many digits the run of this rank has.
    @inline(__always)
    package static func length(ofRank rank: Int) -> Int {
        guard rank >= 10 else { return 1 }
        var length = 2
        while length < maximumLength, rank >= starts[length + 1] { length += 1 }
        return length
    }

    /// The number the run of this rank stands for.
    package static func value(ofRank rank: Int) -> Int {
        rank < 0 ? rank : rank - starts[length(ofRank: rank)]
    }

    /// Whether the run of this rank has a zero in front of other digits.
    package static func isPadded(rank: Int) -> Bool {
        guard rank >= 10 else { return false }
        let length = length(ofRank: rank)
        return rank - starts[length] < powers[length - 1]
    }

    /// Appends the digits of a rank.
    package static func append(rank: Int, to bytes: inout [UInt8]) {
        guard rank >= 0 else {
            bytes.append(UInt8(ascii: "-"))
            append(value: -rank, length: naturalLength(of: -rank), to: &bytes)
            return
        }
        let length = length(ofRank: rank)
        append(value: rank - starts[length], length: length, to: &bytes)
    }

    private static func append(value: Int, length: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = value
        for _ in 0..<length { bytes.append(48) }
        var place = start + length
        while rest > 0, place > start {
            place -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes[place] = 48 &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
    }

    /// The digits of a rank.
    package static func text(ofRank rank: Int) -> String {
        var bytes: [UInt8] = []
        append(rank: rank, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
