// SPDX-License-Identifier: Apache-2.0

/// Writes many hosts as one short pattern.
public enum HostPatternFolding {
    /// A pattern that stands for exactly these hosts, in natural order.
    ///
    /// Hosts that differ only in their numbers are folded into ranges: `node[001-128,200]`, and
    /// when they are all the combinations, into several: `rack[1-4]n[01-20]`. Leading zeros are
    /// kept, users and ports are never folded, nor are the digits of IPv6 addresses. A host given
    /// twice appears once; no host gives an empty text.
    public static func fold(_ hosts: some Sequence<Host>) -> String {
        var placeOfShape: [Shape: Int] = [:]
        var shapes: [Shape] = []
        var products: [ProductFolding] = []
        for host in hosts {
            let (shape, numbers) = dissect(host)
            let place = placeOfShape[shape, default: shapes.count]
            if place == shapes.count {
                placeOfShape[shape] = place
                shapes.append(shape)
                products.append(ProductFolding(axes: numbers.count))
            }
            if !numbers.isEmpty { products[place].append(numbers) }
        }
        var templates: [HostTemplate] = []
        for place in shapes.indices {
            let shape = shapes[place]
            let literals = shape.literals
            if literals.count == 1 {
                templates.append(shape.template(literals: literals, sets: []))
            } else {
                for sets in products[place].folded() {
                    templates.append(shape.template(literals: literals, sets: sets))
                }
            }
        }
        return inNaturalOrder(templates).map(\.description).joined(separator: ",")
    }

    private static func inNaturalOrder(_ templates: [HostTemplate]) -> [HostTemplate] {
        templates.map { (template: $0, name: $0.firstName) }
            .sorted { left, right in
                if left.name != right.name { return NaturalOrder.precedes(left.name, right.name) }
                return NaturalOrder.precedes(
                    user: left.template.user, port: left.template.port,
                    user: right.template.user, port: right.template.port)
            }
            .map(\.template)
    }

    /// What hosts must have in common to be folded together.
    private struct Shape: Hashable {
        var user: String?
        var port: Int?
        /// The name with `[` in place of each number.
        var outline: [UInt8]

        /// What stands before, between and after the numbers: one more than there are numbers.
        var literals: [String] {
            outline.split(separator: UInt8(ascii: "["), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }

        func template(literals: [String], sets: [[PaddedNumber]]) -> HostTemplate {
            var parts: [HostTemplate.Part] = []
            for (index, literal) in literals.enumerated() {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                guard index < sets.count else { continue }
                let ranges = NumericRange.covering(sets[index])
                let isOne = ranges.count == 1 && ranges[0].bounds.count == 1
                parts.append(isOne ? .literal(ranges[0].description) : .numbers(ranges))
            }
            return HostTemplate(user: user, parts: parts, port: port)
        }
    }

    /// A host's shape, and its numbers from left to right.
    ///
    /// A number too long for a range stays part of the shape.
    private static func dissect(_ host: Host) -> (Shape, [PaddedNumber]) {
        let bytes = Array(host.name.text.utf8)
        var shape = Shape(user: host.user, port: host.port, outline: [])
        guard !host.name.isIPv6Literal else {
            shape.outline = bytes
            return (shape, [])
        }
        shape.outline.reserveCapacity(bytes.count)
        var numbers: [PaddedNumber] = []
        var position = 0
        while position < bytes.count {
            let digits = bytes[position...].prefix(while: \.isASCIIDigit)
            if 1...NumericRange.maximumDigits ~= digits.count {
                numbers.append(PaddedNumber(digits: digits))
                shape.outline.append(UInt8(ascii: "["))
                position = digits.endIndex
            } else if digits.isEmpty {
                shape.outline.append(bytes[position])
                position += 1
            } else {
                shape.outline.append(contentsOf: digits)
                position = digits.endIndex
            }
        }
        return (shape, numbers)
    }
}

extension HostTemplate {
    /// The bytes of the first name the template stands for.
    fileprivate var firstName: [UInt8] {
        var name: [UInt8] = []
        for part in parts {
            switch part {
            case .literal(let text): name.append(contentsOf: text.utf8)
            case .numbers(let ranges):
                if let range = ranges.first { range.append(range.bounds.lowerBound, to: &name) }
            }
        }
        return name
    }
}
