// SPDX-License-Identifier: Apache-2.0

extension NameExpression {
    /// The most steps an expression may be compiled to.
    static let maximumSteps = 10_000

    /// Reads an expression.
    init(_ bytes: ArraySlice<UInt8>, nesting: Int) throws(Fault) {
        var parser = NameExpressionParser(bytes, nesting: nesting)
        steps = try parser.whole()
    }
}

/// Reads an expression into steps, by recursive descent.
struct NameExpressionParser {
    typealias Step = NameExpression.Step
    typealias Fault = NameExpression.Fault

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var depth = 0
    private let nesting: Int

    init(_ bytes: ArraySlice<UInt8>, nesting: Int) {
        self.bytes = bytes
        self.nesting = nesting
        position = bytes.startIndex
    }

    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    mutating func whole() throws(Fault) -> [Step] {
        let steps = try alternatives()
        if next != nil { throw Fault(message: "')' without a '('", offset: position) }
        return steps + [.match]
    }

    private mutating func alternatives() throws(Fault) -> [Step] {
        var steps = try sequence()
        while next == UInt8(ascii: "|") {
            position += 1
            let other = try sequence()
            let count = steps.count
            steps =
                [.split(1, count + 2)] + Self.shift(steps, by: 1)
                + [.jump(count + 2 + other.count)] + Self.shift(other, by: count + 2)
            try check(steps)
        }
        return steps
    }

    private mutating func sequence() throws(Fault) -> [Step] {
        var steps: [Step] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            let piece = try repeated()
            steps += Self.shift(piece, by: steps.count)
            try check(steps)
        }
        return steps
    }

    private mutating func repeated() throws(Fault) -> [Step] {
        let start = position
        var piece = try atom()
        while let byte = next {
            var bounds: (least: Int, most: Int?)
            switch byte {
            case UInt8(ascii: "*"): bounds = (0, nil)
            case UInt8(ascii: "+"): bounds = (1, nil)
            case UInt8(ascii: "?"): bounds = (0, 1)
            case UInt8(ascii: "{"): bounds = try counts()
            case _: return piece
            }
            if byte != UInt8(ascii: "{") { position += 1 }
            piece = try Self.times(piece, bounds.least, bounds.most, at: start)
        }
        return piece
    }

    /// `{3}`, `{2,}` or `{2,4}`.
    private mutating func counts() throws(Fault) -> (least: Int, most: Int?) {
        let start = position
        position += 1
        let least = number()
        var most = least
        if next == UInt8(ascii: ",") {
            position += 1
            most = number()
        }
        guard let least, next == UInt8(ascii: "}"), most.map({ $0 >= least }) ?? true else {
            throw Fault(message: "not a count: write {2} or {2,4}", offset: start)
        }
        position += 1
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let byte = next, byte.isASCIIDigit, value ?? 0 < 100_000 {
            value = (value ?? 0) * 10 + Int(byte - 48)
            position += 1
        }
        return value
    }

    private static func times(
        _ piece: [Step], _ least: Int, _ most: Int?, at offset: Int
    ) throws(Fault) -> [Step] {
        let copies = max(least, most ?? least + 1)
        guard (piece.count + 2) * copies <= NameExpression.maximumSteps else {
            throw tooLong(at: offset)
        }
        var steps: [Step] = []
        for _ in 0..<least { steps += shift(piece, by: steps.count) }
        if let most {
            let end = steps.count + (most - least) * (piece.count + 1)
            for _ in least..<most {
                steps.append(.split(steps.count + 1, end))
                steps += shift(piece, by: steps.count)
            }
        } else {
            let start = steps.count
            steps.append(.split(start + 1, start + piece.count + 2))
            steps += shift(piece, by: start + 1)
            steps.append(.jump(start))
        }
        return steps
    }

    private mutating func atom() throws(Fault) -> [Step] {
        let start = position
        guard let byte = next else { return [] }
        position += 1
        switch byte {
        case UInt8(ascii: "("):
            if bytes[position...].starts(with: [UInt8(ascii: "?"), UInt8(ascii: ":")]) {
                position += 2
            }
            depth += 1
            guard depth <= nesting else {
                throw Fault(message: "parentheses more than \(nesting) deep", offset: start)
            }
            let steps = try alternatives()
            depth -= 1
            guard next == UInt8(ascii: ")") else {
                throw Fault(message: "'(' is never closed", offset: start)
            }
            position += 1
            return steps
        case UInt8(ascii: "["): return [.byte(try set())]
        case UInt8(ascii: "."): return [.byte(NameExpression.ByteSet().inverted)]
        case UInt8(ascii: "^"): return [.start]
        case UInt8(ascii: "$"): return [.end]
        case UInt8(ascii: "\\"): return [.byte(try escaped())]
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            throw Fault(message: "nothing stands before this repetition", offset: start)
        case _: return [.byte(Self.set(byte...byte))]
        }
    }

    private mutating func set() throws(Fault) -> NameExpression.ByteSet {
        let start = position - 1
        var set = NameExpression.ByteSet()
        let isInverted = next == UInt8(ascii: "^")
        if isInverted { position += 1 }
        var isFirst = true
        while let byte = next, isFirst || byte != UInt8(ascii: "]") {
            isFirst = false
            position += 1
            if byte == UInt8(ascii: "\\") {
                set.formUnion(try escaped())
                continue
            }
            var last = byte
            if next == UInt8(ascii: "-"), position + 1 < bytes.endIndex,
                bytes[position + 1] != UInt8(ascii: "]")
            {
                last = bytes[position + 1]
                guard last >= byte else {
                    throw Fault(message: "the range counts down", offset: position - 1)
                }
                position += 2
            }
            set.formUnion(Self.set(byte...last))
        }
        guard next == UInt8(ascii: "]") else {
            throw Fault(message: "'[' is never closed", offset: start)
        }
        position += 1
        return isInverted ? set.inverted : set
    }

    private mutating func escaped() throws(Fault) -> NameExpression.ByteSet {
        guard let byte = next else {
            throw Fault(message: "nothing stands behind '\\'", offset: position - 1)
        }
        position += 1
        let digits = Self.set(48...57)
        var word = digits
        word.formUnion(Self.set(65...90))
        word.formUnion(Self.set(97...122))
        word.formUnion(Self.set(95...95))
        var blank = Self.set(9...13)
        blank.formUnion(Self.set(32...32))
        switch byte {
        case UInt8(ascii: "d"): return digits
        case UInt8(ascii: "D"): return digits.inverted
        case UInt8(ascii: "w"): return word
        case UInt8(ascii: "W"): return word.inverted
        case UInt8(ascii: "s"): return blank
        case UInt8(ascii: "S"): return blank.inverted
        case _ where byte.isASCIIDigit || byte.isNameByte && byte > 64 && byte != 95:
            throw Fault(message: "this escape is not known", offset: position - 2)
        case _: return Self.set(byte...byte)
        }
    }

    private func check(_ steps: [Step]) throws(Fault) {
        if steps.count > NameExpression.maximumSteps { throw Self.tooLong(at: position) }
    }

    private static func tooLong(at offset: Int) -> Fault {
        Fault(
            message: "the expression has more than \(NameExpression.maximumSteps) steps",
            offset: offset)
    }

    private static func set(_ range: ClosedRange<UInt8>) -> NameExpression.ByteSet {
        var set = NameExpression.ByteSet()
        for byte in range { set.insert(byte) }
        return set
    }

    private static func shift(_ steps: [Step], by distance: Int) -> [Step] {
        steps.map { step in
            switch step {
            case .split(let one, let other): .split(one + distance, other + distance)
            case .jump(let target): .jump(target + distance)
            case .byte, .start, .end, .match: step
            }
        }
    }
}
