// SPDX-License-Identifier: Apache-2.0

/// The rule that a source imports only what its shelf and its target allow.
struct ImportRule {
    let manifest: PackageManifest

    private static let nowhere: Set = [
        "Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch",
    ]
    private static let onlySystem: Set = ["Glibc", "Musl", "CLastcallLinux"]
    /// libssh, and who may know of it.
    private static let library: (module: String, users: Set<String>) = (
        "CLibSSH", ["SSHShells", "LabFleet"]
    )
    /// Modules that come with the compiler and do no I/O.
    private static let withCompiler: Set = ["Swift", "Synchronization"]

    func faults(in file: SourceFile) -> [TidyFault] {
        guard file.isSwift, let room = file.room else { return [] }
        guard let target = manifest[room.target], target.shelf == room.shelf else {
            return [
                TidyFault(
                    file.path, 1, "no target `\(room.target)` of Package.swift has this folder")
            ]
        }
        return Self.imports(of: file)
            .compactMap { module, line in
                verdict(on: module, in: target, shelf: room.shelf)
                    .map {
                        TidyFault(file.path, line, "`import \(module)`: \($0)")
                    }
            }
    }

    /// Why a target may not import a module, or `nil` when it may.
    private func verdict(
        on module: String, in target: PackageManifest.Target, shelf: String
    ) -> String? {
        // GRDB takes and gives bytes as FoundationEssentials.Data only.
        if module == "FoundationEssentials", target.name == "RunJournal" { return nil }
        if Self.nowhere.contains(module) { return "it makes every start slower" }
        if Self.onlySystem.contains(module), shelf != "System" {
            return "only the System shelf may touch the kernel"
        }
        if module == Self.library.module, !Self.library.users.contains(target.name) {
            return "only \(Self.library.users.sorted().joined(separator: " and ")) may use libssh"
        }
        if shelf == "Model" {
            return target.dependencies.contains(module)
                ? nil : "the Model shelf may import only the Model targets its own one uses"
        }
        if target.dependencies.contains(module) || Self.withCompiler.contains(module) { return nil }
        // libc needs no dependency.
        if Self.onlySystem.contains(module), manifest[module] == nil { return nil }
        return "Package.swift does not give it to `\(target.name)`"
    }

    /// The modules a file imports, with their lines.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        let statement =
            #/\bimport\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?([\w]+)/#
        return file.code.enumerated()
            .flatMap { index, line in
                line.matches(of: statement).map { (String($0.1), index + 1) }
            }
    }
}
