// SPDX-License-Identifier: Apache-2.0

/// The table of targets in `ARCHITECTURE.md`: the rows under a header whose first cell is
/// `Target`, each with the name in backticks or bold in its first cell.
struct TargetTable {
    /// The names of the rows, with their lines from 1.
    let rows: [(name: String, line: Int)]
    private let path: String

    init(_ file: SourceFile) {
        path = file.path
        var rows: [(name: String, line: Int)] = []
        var isInTable = false
        for (index, line) in file.lines.enumerated() {
            guard line.hasPrefix("|") else {
                isInTable = false
                continue
            }
            if line.contains(#/^\|\s*Target\s*\|/#) {
                isInTable = true
            } else if isInTable, let row = line.firstMatch(of: #/^\|\s*[`*]+(\w+)/#) {
                rows.append((String(row.1), index + 1))
            }
        }
        self.rows = rows
    }

    /// Targets without a row, and rows without a target.
    ///
    /// The tests of a target (`HostSetsTests` of `HostSets`) need no row of their own.
    func faults(against manifest: PackageManifest) -> [TidyFault] {
        let named = Set(rows.map(\.name))
        let missing = manifest.targets.filter { target in
            let subject = target.name.hasSuffix("Tests") ? String(target.name.dropLast(5)) : ""
            let isTestOfTarget = target.isTest && manifest[subject] != nil
            return !isTestOfTarget && !named.contains(target.name)
        }
        return missing.map {
            TidyFault(path, 1, "the table under `| Target |` has no row `\($0.name)`")
        }
            + rows.filter { manifest[$0.name] == nil }
            .map {
                TidyFault(path, $0.line, "Package.swift has no target `\($0.name)`")
            }
    }
}
