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
        HostRanges(hosts).description
    }
}

extension HostRanges: CustomStringConvertible {
    /// The hosts as the shortest pattern that stands for them, in natural order.
    public var description: String { folded(along: nil) }

    /// The hosts as a pattern that is folded only along these numbers of a name.
    ///
    /// 1 is the first number of a name from the left, -1 the last; `nil` folds along all.
    public func folded(along axes: [Int]?) -> String {
        templates(along: axes).map(\.description).joined(separator: ",")
    }

    private func templates(along axes: [Int]?) -> [HostTemplate] {
        var templates: [HostTemplate] = []
        for (shape, own) in numbers {
            let count = shape.axes
            let allowed = axes.map { axes in
                Set(axes.compactMap { $0 > 0 ? $0 - 1 : $0 < 0 ? count + $0 : nil })
            }
            switch own {
            case .one: templates.append(shape.template([]))
            case .line(let set):
                guard !set.isEmpty else { continue }
                if allowed.map({ $0.contains(0) }) ?? true {
                    templates.append(shape.template([set]))
                } else {
                    set.visit { templates.append(shape.template([NumberSet(rank: $0)])) }
                }
            case .rows(let set):
                var folding = ProductFolding(set)
                for sets in folding.folded(along: allowed) {
                    templates.append(shape.template(sets))
                }
            }
        }
        return Self.inNaturalOrder(templates)
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
