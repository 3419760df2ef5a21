// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The rules of swift-format: those the tool knows and those `.swift-format` decides about.
enum FormatRules {
    struct Unavailable: Error, CustomStringConvertible {
        var description: String
    }

    /// The names in the `rules` of a configuration.
    static func names(in configuration: Data) throws -> Set<String> {
        let object = try JSONSerialization.jsonObject(with: configuration) as? [String: Any]
        guard let rules = object?["rules"] as? [String: Bool] else {
            throw Unavailable(description: "the configuration of swift-format has no `rules`")
        }
        return Set(rules.keys)
    }

    /// What `swift format dump-configuration` prints.
    static func dumpedConfiguration() throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift", "format", "dump-configuration"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw Unavailable(description: "cannot run `swift format`: \(error)")
        }
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Unavailable(
                description: "`swift format dump-configuration` ended with "
                    + "\(process.terminationStatus): is swift-format part of this toolchain?")
        }
        return data
    }

    /// Rules that only one of the two has.
    static func faults(decided: Set<String>, known: Set<String>) -> [TidyFault] {
        known.subtracting(decided).sorted()
            .map {
                TidyFault(".swift-format", 1, "decide about the rule `\($0)`")
            }
            + decided.subtracting(known).sorted()
            .map {
                TidyFault(".swift-format", 1, "swift-format knows no rule `\($0)`")
            }
    }
}
