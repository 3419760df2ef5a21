// SPDX-License-Identifier: Apache-2.0

import GroupSources
import HostSets

/// A text with places for a host's parts and attributes: `{name}:%{rack}`.
struct HostFormat {
    private enum Piece {
        case text(String)
        case host
        case name
        case user
        case port
        case attribute(String)
    }

    private var pieces: [Piece] = []
    private var attributes: [String: [String: String]] = [:]

    init(_ text: String, _ lookup: GroupLookup) throws {
        var rest = Substring(text)
        var plain = ""
        while let sign = rest.first {
            let isAttribute = rest.hasPrefix("%{")
            guard sign == "{" || isAttribute, let end = rest.firstIndex(of: "}") else {
                plain.append(sign)
                rest.removeFirst()
                continue
            }
            let name = String(rest.dropFirst(isAttribute ? 2 : 1).prefix { $0 != "}" })
            let piece: Piece? =
                isAttribute
                ? .attribute(name)
                : ["": Piece.host, "name": .name, "user": .user, "port": .port][name]
            guard let piece else {
                throw UsageError(
                    "-O: {\(name)} is not known: {}, {name}, {user}, {port} or %{attribute}")
            }
            if !plain.isEmpty { pieces.append(.text(plain)) }
            plain = ""
            pieces.append(piece)
            rest = rest[rest.index(after: end)...]
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        for case .attribute in pieces {
            attributes = try lookup.groups().attributes()
            break
        }
    }

    /// The text for one host; an attribute that is not known is empty.
    func text(_ host: Host) -> String {
        let own = attributes[host.name.text] ?? attributes[host.description] ?? [:]
        return
            pieces.map { piece in
                switch piece {
                case .text(let text): text
                case .host: host.description
                case .name: host.name.text
                case .user: host.user ?? ""
                case .port: host.port.map(String.init) ?? ""
                case .attribute(let name): own[name] ?? ""
                }
            }
            .joined()
    }
}
