// SPDX-License-Identifier: Apache-2.0

/// The options of `nodeset`, read the way its own parser reads them.
struct NodesetOptions {
    /// When folding writes steps.
    enum Autostep: Hashable {
        case count(Int)
        case fraction(Double)
        case automatic
    }

    /// What ends the command at once.
    enum Ending: Error, Hashable {
        case help
        case version
        case failure(NodesetFailure)
    }

    var groupSource: String?
    var groupsConf: String?
    var count = false
    var expand = false
    var fold = false
    var list = 0
    var listAll = 0
    var regroup = false
    var listSources = false
    var excluded: [String] = []
    var intersected: [String] = []
    var xored: [String] = []
    var all = false
    var autostep: Autostep?
    var debug = false
    var quiet = false
    var rangeSet = false
    var groupBase = false
    var separator = " "
    var format = "%s"
    var slice: String?
    var split: Int?
    var contiguous = false
    var axis: String?
    var pick: Int?
    /// What stands behind the options.
    var arguments: [String] = []

    private enum Name: String, CaseIterable {
        case version, help, groupsource, groupsconf, count, expand, fold, list
        case listAll = "list-all"
        case regroup
        case listSources = "list-sources"
        case groupsources, exclude, intersection, xor, all, autostep, debug, quiet, rangeset
        case groupbase, separator
        case outputFormat = "output-format"
        case slice, split, contiguous, axis, pick

        var takesValue: Bool {
            switch self {
            case .version, .help, .count, .expand, .fold, .list, .listAll, .regroup, .listSources,
                .groupsources, .all, .debug, .quiet, .rangeset, .groupbase, .contiguous:
                false
            case .groupsource, .groupsconf, .exclude, .intersection, .xor, .autostep, .separator,
                .outputFormat, .slice, .split, .axis, .pick:
                true
            }
        }

        init?(short: Character) {
            switch short {
            case "h": self = .help
            case "s": self = .groupsource
            case "c": self = .count
            case "e": self = .expand
            case "f": self = .fold
            case "l": self = .list
            case "L": self = .listAll
            case "r": self = .regroup
            case "x": self = .exclude
            case "i": self = .intersection
            case "X": self = .xor
            case "a": self = .all
            case "d": self = .debug
            case "q": self = .quiet
            case "R": self = .rangeset
            case "G": self = .groupbase
            case "S": self = .separator
            case "O": self = .outputFormat
            case "I": self = .slice
            case _: return nil
            }
        }
    }

    init(_ words: [String]) throws(Ending) {
        var rest = words[...]
        while let word = rest.first {
            if word == "--" {
                rest.removeFirst()
                break
            }
            guard word.hasPrefix("-"), word != "-" else { break }
            rest.removeFirst()
            if word.hasPrefix("--") {
                try takeLong(word, &rest)
            } else {
                try takeShort(word.dropFirst(), &rest)
            }
        }
        arguments = Array(rest)
    }

    private mutating func takeLong(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(Ending) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let written = String(parts[0])
        let name = try Self.name(of: written)
        let spelled = "--" + name.rawValue
        guard name.takesValue else {
            if parts.count > 1 { throw Self.usage("\(spelled) option does not take a value") }
            return try take(name, spelled, "")
        }
        if parts.count > 1 { return try take(name, spelled, String(parts[1])) }
        guard let value = rest.popFirst() else {
            throw Self.usage("\(spelled) option requires 1 argument")
        }
        try take(name, spelled, value)
    }

    private mutating func takeShort(
        _ letters: Substring, _ rest: inout ArraySlice<String>
    ) throws(Ending) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let name = Name(short: letter) else {
                throw Self.usage("no such option: -\(letter)")
            }
            guard name.takesValue else {
                try take(name, "-\(letter)", "")
                continue
            }
            let value: String
            if letters.isEmpty {
                guard let next = rest.popFirst() else {
                    throw Self.usage("-\(letter) option requires 1 argument")
                }
                value = next
            } else {
                value = String(letters)
            }
            return try take(name, "-\(letter)", value)
        }
    }

    private static func name(of word: String) throws(Ending) -> Name {
        let text = word.dropFirst(2)
        if let exact = Name(rawValue: String(text)) { return exact }
        let possible = Name.allCases.filter { $0.rawValue.hasPrefix(text) }
        guard let name = possible.first else { throw usage("no such option: \(word)") }
        guard possible.count == 1 else {
            let names = possible.map { "--" + $0.rawValue }.sorted().joined(separator: ", ")
            throw usage("ambiguous option: \(word) (\(names)?)")
        }
        return name
    }

    private static func usage(_ message: String) -> Ending { .failure(.usage(message)) }

    private mutating func take(_ name: Name, _ spelled: String, _ value: String) throws(Ending) {
        switch name {
        case .version: throw .version
        case .help: throw .help
        case .groupsource:
            guard !value.isEmpty, !value.hasPrefix("-") else {
                throw Self.usage("option \(spelled): invalid value: \(PlainText.quoted(value))")
            }
            groupSource = value
        case .groupsconf: groupsConf = value
        case .count: count = true
        case .expand: expand = true
        case .fold: fold = true
        case .list: list += 1
        case .listAll: listAll += 1
        case .regroup: regroup = true
        case .listSources, .groupsources: listSources = true
        case .exclude: excluded.append(value)
        case .intersection: intersected.append(value)
        case .xor: xored.append(value)
        case .all: all = true
        case .autostep: autostep = try Self.autostep(spelled, value)
        case .debug: debug = true
        case .quiet: quiet = true
        case .rangeset: rangeSet = true
        case .groupbase: groupBase = true
        case .separator: separator = value
        case .outputFormat: format = value
        case .slice: slice = value
        case .split: split = try Self.integer(spelled, value)
        case .contiguous: contiguous = true
        case .axis: axis = value
        case .pick: pick = try Self.integer(spelled, value)
        }
    }

    private static func autostep(_ spelled: String, _ value: String) throws(Ending) -> Autostep {
        if value == "auto" { return .automatic }
        if value.contains("%") {
            if let number = Double(value.dropLast()) { return .fraction(number / 100) }
        } else if let number = PlainText.integer(value) {
            return .count(number)
        }
        throw usage(
            "option \(spelled): invalid value: \(PlainText.quoted(value)), should be node count, "
                + "node percentage or 'auto'")
    }

    /// A number: hexadecimal behind `0x`, binary behind `0b`, octal behind `0`.
    private static func integer(_ spelled: String, _ value: String) throws(Ending) -> Int {
        let text = value.lowercased()
        let number: Int?
        if text.hasPrefix("0x") {
            number = Int(text.dropFirst(2), radix: 16)
        } else if text.hasPrefix("0b") {
            number = text.utf8.count == 2 ? 0 : Int(text.dropFirst(2), radix: 2)
        } else if text.hasPrefix("0") {
            number = Int(text, radix: 8)
        } else {
            number = PlainText.integer(value)
        }
        guard let number else {
            throw usage("option \(spelled): invalid integer value: \(PlainText.quoted(value))")
        }
        return number
    }
}
