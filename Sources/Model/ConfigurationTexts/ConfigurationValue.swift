// SPDX-License-Identifier: Apache-2.0

/// What a configuration file says, whatever it is written in.
package indirect enum ConfigurationValue: Hashable, Sendable {
    case text(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case nothing
    case list([ConfigurationValue])
    case table(ConfigurationTable)

    /// The value as it is written, when it is neither a list nor a table.
    package var text: String? {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .nothing, .list, .table: nil
        }
    }

    package var table: ConfigurationTable? {
        guard case .table(let table) = self else { return nil }
        return table
    }

    package var list: [ConfigurationValue]? {
        guard case .list(let list) = self else { return nil }
        return list
    }
}

/// Values by name, in the order they are written.
package struct ConfigurationTable: Hashable, Sendable {
    package private(set) var names: [String] = []
    private var values: [String: ConfigurationValue] = [:]

    package init() {}

    package subscript(name: String) -> ConfigurationValue? {
        get { values[name] }
        set {
            if values[name] == nil, newValue != nil { names.append(name) }
            if newValue == nil { names.removeAll { $0 == name } }
            values[name] = newValue
        }
    }

    /// Names and values, in order.
    package var pairs: [(name: String, value: ConfigurationValue)] {
        names.compactMap { name in values[name].map { (name, $0) } }
    }
}

/// Why a file cannot be read, and in which line, from 1.
package struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var line: Int
    package var message: String

    package init(line: Int, _ message: String) {
        self.line = line
        self.message = message
    }

    package var description: String { "line \(line): \(message)" }
}
