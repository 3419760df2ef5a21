// SPDX-License-Identifier: Apache-2.0

/// One item of a host pattern: a name with ranges in it, and perhaps a user and a port.
struct HostTemplate: Hashable, Sendable {
    /// A piece of the name.
    enum Part: Hashable, Sendable {
        /// The same in every name.
        case literal(String)
        /// One number of these in each name; never empty.
        case numbers([NumericRange])
    }

    var user: String?
    /// Never empty; an IPv6 address is one literal, without brackets.
    var parts: [Part]
    var port: Int?

    /// How many hosts the template stands for; `nil` when that is more than an `Int` can hold.
    var count: Int? {
        var product = 1
        for case .numbers(let ranges) in parts {
            var sum = 0
            for range in ranges {
                let (next, overflow) = sum.addingReportingOverflow(range.count)
                guard !overflow else { return nil }
                sum = next
            }
            let (next, overflow) = product.multipliedReportingOverflow(by: sum)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }

    /// Calls `body` with every host, the numbers on the right running fastest.
    func forEachHost(_ body: (Host) -> Void) {
        if parts.count == 1, case .literal(let name) = parts[0] {
            body(Host(checked: HostName(checked: name), user: user, port: port))
            return
        }
        expand(parts[...], after: [], body)
    }

    private func expand(_ rest: ArraySlice<Part>, after prefix: [UInt8], _ body: (Host) -> Void) {
        guard let part = rest.first else {
            let name = HostName(checked: String(decoding: prefix, as: UTF8.self))
            body(Host(checked: name, user: user, port: port))
            return
        }
        switch part {
        case .literal(let text):
            expand(rest.dropFirst(), after: prefix + Array(text.utf8), body)
        case .numbers(let ranges):
            for range in ranges {
                for number in stride(
                    from: range.bounds.lowerBound, through: range.bounds.upperBound, by: range.step)
                {
                    var name = prefix
                    range.append(number, to: &name)
                    expand(rest.dropFirst(), after: name, body)
                }
            }
        }
    }
}

extension HostTemplate {
    /// The name's outline and the set of numbers on each axis, or `nil` when digits stand directly
    /// beside a range, so that numbers grow together.
    func box() -> (outline: [UInt8], sets: [NumberSet])? {
        var outline: [UInt8] = []
        var sets: [NumberSet] = []
        var endsInDigits = false
        for part in parts {
            switch part {
            case .literal(let text):
                let bytes = Array(text.utf8)
                if endsInDigits, bytes.first?.isASCIIDigit == true { return nil }
                var ranks: [Int] = []
                HostShape.dissect(bytes, outline: &outline, ranks: &ranks)
                sets.append(contentsOf: ranks.map { NumberSet(rank: $0) })
                endsInDigits = bytes.last?.isASCIIDigit == true
            case .numbers(let ranges):
                if endsInDigits { return nil }
                outline.append(UInt8(ascii: "["))
                sets.append(NumberSet(ranges))
                endsInDigits = true
            }
        }
        return (outline, sets)
    }
}

extension HostTemplate: CustomStringConvertible {
    /// The item as a user writes it.
    var description: String {
        var name = ""
        for part in parts {
            switch part {
            case .literal(let text): name += text
            case .numbers(let ranges):
                name += "[" + ranges.map(\.description).joined(separator: ",") + "]"
            }
        }
        if let port {
            let isAddress = name.utf8.contains(UInt8(ascii: ":"))
            name = (isAddress ? "[\(name)]" : name) + ":\(port)"
        }
        if let user { name = "\(user)@\(name)" }
        return name
    }
}
