// SPDX-License-Identifier: Apache-2.0

/// What `Package.swift` says of its targets, read from its text: the functions `room` and `tests`,
/// and SwiftPM's `.target`, `.executableTarget` and `.systemLibrary`.
struct PackageManifest {
    struct Target {
        var name: String
        /// The line, from 1, the target begins at.
        var line: Int
        /// The shelf it lies on, if it is a source.
        var shelf: String?
        /// Whether it is a test target.
        var isTest: Bool
        /// The modules it may import: targets, and products of other packages.
        var dependencies: [String]
    }

    let targets: [Target]

    init(_ file: SourceFile) {
        let text = String(decoding: SwiftLexer(file.text).uncommented, as: UTF8.self)
        var products: [Substring: String] = [:]
        let product = #/let (\w+): Target\.Dependency = \.product\(\s*name: "(\w+)"/#
        for match in text.matches(of: product) { products[match.1] = String(match.2) }

        let target =
            #/(\broom|\btests|\.(?:target|executableTarget|systemLibrary))\(\s*(?:name:\s*)?"(\w+)"/#
        targets = text.matches(of: target)
            .map { match in
                let body = Self.balanced(text[match.range.lowerBound...])
                let path = body.firstMatch(of: #/path: "Sources/(\w+)/\w+"/#)?.1
                let shelf = body.firstMatch(of: #/\bon: "(\w+)"/#)?.1 ?? path
                let list =
                    body.firstMatch(of: #/\b(?:uses|of|dependencies): \[([^\]]*)\]/#)?.1 ?? ""
                return Target(
                    name: String(match.2),
                    line: text[..<match.range.lowerBound].count { $0 == "\n" } + 1,
                    shelf: shelf.map(String.init), isTest: match.1 == "tests",
                    dependencies: list.matches(of: #/"(\w+)"|(\w+)/#)
                        .compactMap { item in
                            item.1.map(String.init) ?? item.2.flatMap { products[$0] }
                        })
            }
    }

    /// The call a text begins with, to the parenthesis that closes it.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }

    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// The shelves from the bottom; a target uses its own shelf and those below.
    static let heightOfShelf = [
        "Model": 0, "System": 1, "Shells": 2, "Run": 3, "Lab": 3, "CommandLine": 4,
    ]

    /// Dependencies that point up, and targets without a folder.
    func faults(in tree: [SourceFile]) -> [TidyFault] {
        var faults: [TidyFault] = []
        for target in targets {
            guard let shelf = target.shelf else { continue }
            guard let height = Self.heightOfShelf[shelf] else {
                faults.append(fault(target, "`\(shelf)` is not a shelf"))
                continue
            }
            for name in target.dependencies {
                guard let other = self[name]?.shelf, let otherHeight = Self.heightOfShelf[other],
                    otherHeight > height
                else { continue }
                faults.append(fault(target, "`\(target.name)` uses `\(name)` of a shelf above"))
            }
            if !tree.contains(where: { $0.lies(in: "Sources/\(shelf)/\(target.name)") }) {
                faults.append(fault(target, "`\(target.name)` has no files"))
            }
        }
        return faults
    }

    private func fault(_ target: Target, _ message: String) -> TidyFault {
        TidyFault("Package.swift", target.line, message)
    }
}
