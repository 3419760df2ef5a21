// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import HostSets
import LocalCommands
import SystemPackage

/// Groups that are written down in a YAML or TOML file: names with lists of hosts.
///
/// The whole file is the table of groups, or it has the tables `groups` and `attributes`; with
/// `table`, a table of that name in it is meant, so that ClusterShell's files with several sources can
/// be used. In `attributes` stand, by host pattern, the attributes of hosts.
enum GroupFile {
    static func book(
        _ text: String, path: String, table name: String?
    ) throws(GroupFailure) -> GroupBook {
        var table: ConfigurationTable
        do throws(ConfigurationFault) {
            if path.hasSuffix(".toml") {
                table = try TOMLText.table(of: text)
            } else {
                guard let value = try YAMLText.value(of: text).table else {
                    throw ConfigurationFault(line: 1, "a table of groups is expected")
                }
                table = value
            }
        } catch {
            throw GroupFailure("\(path): \(error)")
        }
        if let name {
            guard let inner = table[name]?.table else {
                throw GroupFailure("\(path): there is no table '\(name)'")
            }
            table = inner
        }
        do throws(GroupFailure) {
            return try book(table)
        } catch { throw GroupFailure("\(path): \(error)") }
    }

    static func book(_ table: ConfigurationTable) throws(GroupFailure) -> GroupBook {
        var book = GroupBook()
        let groups = table["groups"]?.table ?? table
        for (name, value) in groups.pairs {
            let members = try words(value, of: name)
            if name == "all" { book.all = members }
            book.add(members, to: name)
        }
        guard table["groups"] != nil else { return book }
        for (pattern, value) in table["attributes"]?.table?.pairs ?? [] {
            guard let attributes = value.table else {
                throw GroupFailure("attributes: '\(pattern)' is a table of names and values")
            }
            let hosts: [Host]
            do throws(HostPatternFault) {
                hosts = Array(try HostPattern(pattern).hosts())
            } catch { throw GroupFailure("attributes: '\(pattern)': \(error)") }
            for host in hosts {
                for (name, value) in attributes.pairs {
                    book.set(name, of: host.description, to: value.text ?? "")
                }
            }
        }
        return book
    }

    private static func words(
        _ value: ConfigurationValue, of group: String
    ) throws(GroupFailure) -> [String] {
        switch value {
        case .text(let text): return text.split(whereSeparator: \.isWhitespace).map(String.init)
        case .integer, .number, .boolean: return [value.text ?? ""]
        case .nothing: return []
        case .list(let items):
            var all: [String] = []
            for item in items { all += try words(item, of: group) }
            return all
        case .table:
            throw GroupFailure(
                "the group '\(group)' holds groups: name one with table = \"\(group)\"")
        }
    }
}

/// A file that could not be read, with its path.
struct SystemFault: Error, CustomStringConvertible {
    var path: String
    var code: Errno

    var description: String { "cannot read \(path): \(code)" }
}

extension LocalFiles {
    /// The text of a file.
    static func wholeText(_ path: String) throws(SystemFault) -> String {
        do throws(Errno) {
            return String(decoding: try bytes(path), as: UTF8.self)
        } catch { throw SystemFault(path: path, code: error) }
    }
}
