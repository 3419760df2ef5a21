// SPDX-License-Identifier: Apache-2.0

/// A pattern that known hosts are compared with.
enum HostMatch: Sendable {
    /// Names in which `*` stands for any bytes and `?` for one; one of them must match the whole
    /// name.
    case globs([[UInt8]])
    /// An expression that must match some part of the name.
    case expression(NameExpression)

    func matches(_ name: [UInt8]) -> Bool {
        switch self {
        case .globs(let globs): globs.contains { Self.glob($0, matches: name) }
        case .expression(let expression): expression.matches(name)
        }
    }

    /// Whether a glob matches all of a name, in at most glob × name steps.
    private static func glob(_ glob: [UInt8], matches name: [UInt8]) -> Bool {
        var (g, n) = (0, 0)
        var star: (glob: Int, name: Int)?
        while n < name.count {
            if g < glob.count, glob[g] == UInt8(ascii: "*") {
                star = (g, n)
                g += 1
            } else if g < glob.count, glob[g] == UInt8(ascii: "?") || glob[g] == name[n] {
                g += 1
                n += 1
            } else if let last = star {
                star = (last.glob, last.name + 1)
                (g, n) = (last.glob + 1, last.name + 1)
            } else {
                return false
            }
        }
        return glob[g...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
