// SPDX-License-Identifier: Apache-2.0

/// A word that code may not hold in some places.
struct BannedWord {
    /// What is searched for in each line of code.
    let pattern: Regex<Substring>
    /// Why, and what to write instead.
    let message: String
    /// Where it is banned.
    let applies: (SourceFile) -> Bool
}

extension BannedWord {
    private static func isSource(_ file: SourceFile) -> Bool { file.lies(in: "Sources") }

    static var all: [BannedWord] {
        // The simulation starts the one task of its world, and its tests show that it sees others.
        let isStructured: (SourceFile) -> Bool = {
            !$0.path.hasSuffix("/SimulationExecutor.swift")
                && !$0.path.hasSuffix("/SimulationExecutorTests.swift")
        }
        let structured = "work that nobody waits for: use a task group or async let"
        return [
            BannedWord(
                pattern: #/\bTask\s*(?:<[^>]*>)?\s*(?:\([^)]*\))?\s*\{/#, message: structured,
                applies: isStructured),
            BannedWord(
                pattern: #/\bTask\s*\.\s*(?:detached|immediate\w*)\b/#, message: structured,
                applies: isStructured),
            BannedWord(
                pattern: #/\bTask\s*\.\s*sleep\b/#,
                message: "a wait outside the injected clock: use the clock", applies: isStructured),
            BannedWord(
                pattern: #/(?:^|[^.\w])(?:print|debugPrint|dump)\(/#,
                message: "only the CommandLine shelf prints"
            ) { isSource($0) && !$0.lies(in: "Sources/CommandLine") },
            BannedWord(
                pattern: #/\bunsafe\b|Unsafe/#,
                message: "only the System shelf may leave memory safety"
            ) {
                isSource($0) && !$0.lies(in: "Sources/System")
                    && !$0.lies(in: "Sources/Shells/SSHShells")
                    && !$0.lies(in: "Sources/Lab/LabFleet")
            },
            BannedWord(
                pattern: #/@testable\b/#,
                message: "test through package or public declarations, with a plain import"
            ) { _ in true },
            BannedWord(pattern: #/\btry\s*!/#, message: "a trap instead of an error: use try") {
                _ in true
            },
        ]
    }

    /// The banned words in the code of a file.
    static func faults(in file: SourceFile) -> [TidyFault] {
        guard file.isSwift else { return [] }
        let words = all.filter { $0.applies(file) }
        var faults: [TidyFault] = []
        for (index, line) in file.code.enumerated() where !line.allSatisfy(\.isWhitespace) {
            for word in words {
                guard let match = line.firstMatch(of: word.pattern) else { continue }
                let found = line[match.range].trimmingPrefix { !$0.isLetter && $0 != "@" }
                faults.append(TidyFault(file.path, index + 1, "`\(found)`: \(word.message)"))
            }
        }
        return faults
    }
}

/// The rule that a switch in a machine, or anywhere in the Model shelf, spells out its cases.
enum SpelledOutSwitches {
    static func faults(in file: SourceFile) -> [TidyFault] {
        guard file.isSwift, file.lies(in: "Sources"),
            file.lies(in: "Sources/Model") || file.name.contains("Machine")
        else { return [] }
        var faults: [TidyFault] = []
        var lastSign: Character?
        for (index, line) in file.code.enumerated() {
            for match in line.matches(of: #/\bdefault\s*:/#) {
                let before = line[..<match.range.lowerBound].last { !$0.isWhitespace } ?? lastSign
                // After a bracket or a comma it is the label of an argument.
                guard let before, "([,".contains(before) else {
                    faults.append(
                        TidyFault(file.path, index + 1, "`default:`: spell out every case"))
                    continue
                }
            }
            lastSign = line.last { !$0.isWhitespace } ?? lastSign
        }
        return faults
    }
}

/// The rule that `@unchecked Sendable` has its reason beside it.
enum UncheckedSendable {
    static func faults(in file: SourceFile) -> [TidyFault] {
        guard file.isSwift else { return [] }
        return file.code.enumerated()
            .compactMap { index, line in
                guard line.contains(#/@unchecked\s+Sendable/#) else { return nil }
                let number = index + 1
                let hasReason =
                    file.commentedLines.contains(number) || file.commentedLines.contains(number - 1)
                return hasReason
                    ? nil
                    : TidyFault(
                        file.path, number,
                        "`@unchecked Sendable`: say why in a comment directly above")
            }
    }
}
