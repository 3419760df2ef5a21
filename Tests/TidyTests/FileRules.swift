// SPDX-License-Identifier: Apache-2.0

/// The rules about whole files.
enum FileRules {
    /// The most lines a compiled file may have.
    static let mostLines = 600

    /// Licence line, size, and no placeholder, for a file that is compiled.
    static func faults(in file: SourceFile) -> [TidyFault] {
        var faults: [TidyFault] = []
        if file.lines.first != "// SPDX-License-Identifier: Apache-2.0" {
            faults.append(
                TidyFault(file.path, 1, "begin with `// SPDX-License-Identifier: Apache-2.0`"))
        }
        if file.lines.count > mostLines {
            faults.append(
                TidyFault(
                    file.path, file.lines.count,
                    "\(file.lines.count) lines: split the file, at most \(mostLines) are allowed"))
        }
        if file.name == "Placeholder.swift" {
            faults.append(TidyFault(file.path, 1, "delete the placeholder, or its target"))
        }
        return faults
    }

    /// Absolute paths that exist only on the machine of the person who wrote them.
    static func machinePaths(in file: SourceFile) -> [TidyFault] {
        var patterns: [Regex<Substring>] = [
            #/(?:^|[^\w.~\/)\-])\/(?:work|root|home\/[\w.\-]+|Users\/[\w.\-]+)\//#
        ]
        if file.lies(in: "Sources") { patterns.append(#/(?:^|[^\w.~\/)\-])\/tmp\/[\w.\-]/#) }
        var faults: [TidyFault] = []
        for (index, line) in file.lines.enumerated() {
            for match in patterns.compactMap({ line.firstMatch(of: $0) }) {
                let found = line[match.range].drop { $0 != "/" }
                faults.append(
                    TidyFault(file.path, index + 1, "`\(found)`: a path of one person's machine"))
            }
        }
        return faults
    }

    /// The heading under which the next release is described.
    static func unreleasedHeading(in changelog: SourceFile) -> [TidyFault] {
        changelog.lines.contains { $0.trimmingPrefix("## ") == "Unreleased" && $0.hasPrefix("## ") }
            ? [] : [TidyFault(changelog.path, 1, "add the heading `## Unreleased`")]
    }
}
