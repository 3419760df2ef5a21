// SPDX-License-Identifier: Apache-2.0

import Testing

/// The checks of targets and imports, on a small package with faults of its own.
@Suite struct `The package checks` {
    private static let manifest = PackageManifest(
        SourceFile(
            "Package.swift",
            """
            let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
            let argumentParser: Target.Dependency = .product(
                name: "ArgumentParser", package: "swift-argument-parser")
            func room(_ name: String, on shelf: String) -> Target { .target(name: name) }
            let package = Package(targets: [
                // room("Gone", on: "Model"),
                room("HostSets", on: "Model", memorySafe: true),
                room("RunModel", on: "Model", uses: ["HostSets"]),
                room("CLastcallLinux", on: "System"),
                room(
                    "Spool", on: "System",
                    uses: ["CLastcallLinux", system]),
                room("Upward", on: "Model", uses: ["Spool"]),
                room("Adrift", on: "Attic"),
                .executableTarget(
                    name: "lastcall", dependencies: ["Spool", argumentParser],
                    path: "Sources/CommandLine/lastcall"),
                .target(name: "Simulation", path: "Tests/Support/Simulation"),
                tests("HostSetsTests", of: ["HostSets"]),
                tests("TidyTests", of: []),
            ])
            """))

    @Test func `read the manifest`() {
        let manifest = Self.manifest
        #expect(
            manifest.targets.map(\.name) == [
                "HostSets", "RunModel", "CLastcallLinux", "Spool", "Upward", "Adrift", "lastcall",
                "Simulation", "HostSetsTests", "TidyTests",
            ])
        #expect(manifest["Spool"]?.shelf == "System")
        #expect(manifest["Spool"]?.dependencies == ["CLastcallLinux", "SystemPackage"])
        #expect(manifest["Spool"]?.line == 10)
        #expect(manifest["lastcall"]?.shelf == "CommandLine")
        #expect(manifest["lastcall"]?.dependencies == ["Spool", "ArgumentParser"])
        #expect(manifest["Simulation"]?.shelf == nil)
        #expect(manifest.targets.filter(\.isTest).map(\.name) == ["HostSetsTests", "TidyTests"])
    }

    @Test func `find dependencies that point up, unknown shelves and empty targets`() {
        let paths = ["Model/HostSets", "Model/RunModel", "Model/Upward", "CommandLine/lastcall"]
        let tree = paths.map { SourceFile("Sources/\($0)/A.swift", "") }
        #expect(
            Self.manifest.faults(in: tree).map(\.description) == [
                "Package.swift:9: `CLastcallLinux` has no files",
                "Package.swift:10: `Spool` has no files",
                "Package.swift:13: `Upward` uses `Spool` of a shelf above",
                "Package.swift:14: `Attic` is not a shelf",
            ])
    }

    @Test(arguments: [
        ("Sources/Model/RunModel/A.swift", "package import HostSets", 0),
        ("Sources/Model/RunModel/A.swift", "import Synchronization", 1),
        ("Sources/Model/RunModel/A.swift", "import struct Foundation.Data", 1),
        ("Sources/Model/HostSets/A.swift", "import RunModel", 1),
        ("Sources/Model/HostSets/A.swift", "// import RunModel", 0),
        ("Sources/Model/HostSets/A.swift", "import Glibc", 1),
        ("Sources/Model/RunModel/A.swift", "import SystemPackage", 1),
        ("Sources/System/Spool/A.swift", "import Glibc\nimport CLastcallLinux", 0),
        ("Sources/System/Spool/A.swift", "public import SystemPackage", 0),
        ("Sources/System/Spool/A.swift", "import Synchronization", 0),
        ("Sources/System/Spool/A.swift", "import HostSets", 1),
        ("Sources/System/Spool/A.swift", "import Dispatch", 1),
        ("Sources/System/Spool/A.swift", "@preconcurrency import Foundation", 1),
        ("Sources/System/Spool/A.swift", "import FoundationEssentials", 1),
        ("Sources/System/Spool/A.swift", "import ArgumentParser", 1),
        ("Sources/CommandLine/lastcall/A.swift", "import ArgumentParser", 0),
        ("Sources/CommandLine/lastcall/A.swift", "import Glibc", 1),
        ("Sources/CommandLine/lastcall/A.swift", "import CLastcallLinux", 1),
        ("Sources/Model/Unknown/A.swift", "", 1),
        ("Sources/System/HostSets/A.swift", "", 1),
        ("Tests/HostSetsTests/A.swift", "import Foundation", 0),
    ])
    func `find imports a shelf does not allow`(path: String, text: String, count: Int) {
        let faults = ImportRule(manifest: Self.manifest).faults(in: SourceFile(path, text))
        #expect(faults.count == count, "\(faults)")
    }

    @Test func `read only the table of targets, and compare it both ways`() {
        let table = TargetTable(
            SourceFile(
                "ARCHITECTURE.md",
                """
                | Word | Meaning |
                |---|---|
                | `fanout` | how many at once |

                | Target | What |
                |---|---|
                | `HostSets` | which hosts |
                | **RunModel** | words |
                | **`CLastcallLinux`** (C) | headers |
                | `Spool` | bytes |
                | `Upward` | a fault |
                | `Adrift` | a fault |
                | `lastcall` | main |
                | `TidyTests` | rules |
                | `Gone` | no more |
                """))
        #expect(
            table.faults(against: Self.manifest).map(\.description) == [
                "ARCHITECTURE.md:1: the table under `| Target |` has no row `Simulation`",
                "ARCHITECTURE.md:15: Package.swift has no target `Gone`",
            ])
    }
}
