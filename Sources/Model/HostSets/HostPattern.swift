// SPDX-License-Identifier: Apache-2.0

/// Hosts written the short way: `node[001-128,200]`, `root@rack[1-4]n[01-20].example.org:2222`.
///
/// A pattern is a list of items with commas between them. An item is
/// `[user@]name[:port]`, and a name may hold any number of ranges in brackets:
///
/// | written | stands for |
/// |---|---|
/// | `node[1-3,7,09]` | node1 node2 node3 node7 node09 |
/// | `node[08-11]` | node08 node09 node10 node11: leading zeros are kept |
/// | `r[1-2]n[1-2]` | r1n1 r1n2 r2n1 r2n2: the numbers on the right run fastest |
/// | `fe80::1%eth0`, `[::1]:514` | an IPv6 address; with a port in brackets |
///
/// The characters `*`, `!`, `&`, `^`, `/` and a leading `@` are refused, never read as part of a
/// name.
public struct HostPattern: Hashable, Sendable, CustomStringConvertible {
    /// The most hosts a pattern may stand for, and a list read from files may hold.
    public static let maximumCount = 1_000_000

    /// How many hosts the pattern names, one that is named twice counted twice.
    ///
    /// At most `maximumCount`.
    public let count: Int

    private let templates: [HostTemplate]

    /// The pattern in its plainest spelling; parsing it gives the same hosts.
    public var description: String { templates.map(\.description).joined(separator: ",") }

    /// Reads a pattern.
    ///
    /// - Throws: `HostPatternFault` with the column of the first fault.
    public init(_ text: String) throws(HostPatternFault) {
        let bytes = Array(text.utf8)
        do throws(HostSyntaxFault) {
            var parser = HostListParser(bytes, 0..<bytes.count)
            var templates: [HostTemplate] = []
            while let item = try parser.next() {
                switch item {
                case .hosts(let template): templates.append(template)
                case .file(_, let offset): throw HostSyntaxFault.unexpected(in: bytes, at: offset)
                }
            }
            self.templates = templates
            count = parser.count
        } catch {
            throw HostPatternFault(error, in: bytes)
        }
    }

    /// Every host the pattern names, in order, each once.
    public func hosts() -> HostSet { HostSet(expanding: templates, count: count) }
}

extension HostSet {
    /// The hosts of these templates, which stand for `count`.
    init(expanding templates: [HostTemplate], count: Int) {
        self.init()
        reserveCapacity(count)
        for template in templates { template.forEachHost { append($0) } }
    }
}
