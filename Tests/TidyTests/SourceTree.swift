// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of this package.
struct SourceTree {
    let root: URL
    /// Every text that people write, by path.
    let files: [SourceFile]

    /// The texts of `Sources` and `Tests` that are compiled.
    var compiled: [SourceFile] {
        files.filter { file in
            (file.lies(in: "Sources") || file.lies(in: "Tests"))
                && [".swift", ".c", ".h"].contains { file.path.hasSuffix($0) }
        }
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// The tree this file was compiled in.
    static func own(from path: String = #filePath) throws -> SourceTree {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            guard folder.path != "/" else {
                throw Missing(description: "no Package.swift above \(path)")
            }
            folder = folder.deletingLastPathComponent()
        }
        return try SourceTree(root: folder)
    }

    init(root: URL) throws {
        self.root = root
        files = try Self.paths(under: root)
            .compactMap { path in
                let data = try Data(contentsOf: root.appending(path: path))
                // What is not text (a recorded dump, an image) has no lines to check.
                return String(data: data, encoding: .utf8).map { SourceFile(path, $0) }
            }
    }

    /// The file at this path, or an error that says it is missing.
    func file(_ path: String) throws -> SourceFile {
        guard let file = files.first(where: { $0.path == path }) else {
            throw Missing(description: "\(path): the file is missing")
        }
        return file
    }

    /// Hidden folders hold what tools write, except the one of the checks.
    private static func paths(under root: URL, in folder: String = "") throws -> [String] {
        var paths: [String] = []
        let entries = try FileManager.default.contentsOfDirectory(
            at: folder.isEmpty ? root : root.appending(path: folder),
            includingPropertiesForKeys: [.isDirectoryKey, .isRegularFileKey])
        for entry in entries.sorted(by: { $0.path < $1.path }) {
            let path = (folder.isEmpty ? "" : folder + "/") + entry.lastPathComponent
            let kind = try entry.resourceValues(forKeys: [.isDirectoryKey, .isRegularFileKey])
            if kind.isDirectory == true {
                guard !entry.lastPathComponent.hasPrefix(".") || path == ".ci" else { continue }
                paths += try Self.paths(under: root, in: path)
            } else if kind.isRegularFile == true {
                paths.append(path)
            }
        }
        return paths
    }
}
