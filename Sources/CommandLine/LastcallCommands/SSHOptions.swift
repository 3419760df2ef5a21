// SPDX-License-Identifier: Apache-2.0

import SSHFiles

/// The arguments of `--ssh-option`, as far as the engine in this process understands them.
struct SSHOptions {
    /// Directives that count before all files.
    private(set) var lines: [ConfigurationLine] = []
    /// The file of `-F`, which takes the place of all others.
    private(set) var file: String?
    /// Arguments that only ssh(1) understands.
    private(set) var needs: [String] = []

    /// Reads the arguments, as they would stand on ssh(1)'s command line.
    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument.count >= 2 else {
                needs.append("argument \(argument)")
                continue
            }
            let letter = argument.dropFirst().first ?? "-"
            let attached = String(argument.dropFirst(2))
            func value() -> String? { attached.isEmpty ? rest.popFirst() : attached }
            switch letter {
            case "F": file = value()
            case "o":
                guard let text = value(),
                    let line = ConfigurationLine(Array(text.utf8)[...], number: 0)
                else { continue }
                lines.append(line)
            case "i": add("identityfile", value())
            case "l": add("user", value())
            case "p": add("port", value())
            case "J": add("proxyjump", value())
            case "c": add("ciphers", value())
            case "m": add("macs", value())
            case "b": add("bindaddress", value())
            case "4" where attached.isEmpty: add("addressfamily", "inet")
            case "6" where attached.isEmpty: add("addressfamily", "inet6")
            case "C" where attached.isEmpty: add("compression", "yes")
            case "A" where attached.isEmpty: add("forwardagent", "yes")
            case "T" where attached.isEmpty: break
            case _: needs.append("option \(argument)")
            }
        }
    }

    /// Adds what only ssh(1) can do.
    mutating func addNeed(_ need: String) { needs.append(need) }

    /// Adds a directive after those that are there.
    mutating func add(_ keyword: String, _ value: String?) {
        guard let value else { return needs.append("\(keyword) without a value") }
        lines.append(
            ConfigurationLine(keyword: keyword, words: [value], rest: value, number: 0))
    }
}
