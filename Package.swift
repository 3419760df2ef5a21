// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// What every target of this package is compiled with.
let everywhere: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

/// A target of one shelf: its folder is `Sources/<shelf>/<name>`.
func room(
    _ name: String, on shelf: String, uses dependencies: [Target.Dependency] = [],
    memorySafe: Bool = false
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(shelf)/\(name)",
        swiftSettings: everywhere + (memorySafe ? [.strictMemorySafety()] : []))
}

/// A test target: its folder is `Tests/<name>`.
func tests(_ name: String, of dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: everywhere)
}

let package = Package(
    name: "lastcall",
    products: [
        .executable(name: "lastcall", targets: ["lastcall"]),
        .library(name: "HostSets", targets: ["HostSets"]),
        .library(name: "TCPClosing", targets: ["TCPClosing"]),
        .library(name: "TCPSockets", targets: ["TCPSockets"]),
        .library(name: "SocketDiagnostics", targets: ["SocketDiagnostics"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(
            url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    ],
    targets: [
        // Model: decides. No I/O, no libc, no clock.
        room("HostSets", on: "Model", memorySafe: true),
        room("TCPClosing", on: "Model", memorySafe: true),
        room("TextForms", on: "Model", memorySafe: true),
        room("RcmdProtocol", on: "Model", uses: ["TCPClosing"], memorySafe: true),
        room("RunModel", on: "Model", uses: ["HostSets"], memorySafe: true),
        room("SSHSessionModel", on: "Model", memorySafe: true),
        room("SSHFiles", on: "Model", memorySafe: true),

        // System: touches the kernel.
        room("CLastcallLinux", on: "System"),
        room("Threads", on: "System", uses: [system]),
        room("CStandardDescriptors", on: "System"),
        room(
            "Console", on: "System",
            uses: ["CLastcallLinux", "CStandardDescriptors", "Threads", system]),
        room("Pipes", on: "System", uses: ["CLastcallLinux", "Threads", system]),
        room("Spool", on: "System", uses: ["Threads", system]),
        room("LockedFiles", on: "System", uses: [system]),
        room(
            "TCPSockets", on: "System",
            uses: ["TCPClosing", "CLastcallLinux", "Threads", system]),
        room(
            "SocketDiagnostics", on: "System", uses: ["TCPClosing", "CLastcallLinux", system]),
        .systemLibrary(
            name: "CLibSSH", path: "Sources/System/CLibSSH", pkgConfig: "libssh",
            providers: [.apt(["libssh-dev"])]),
        room("CUserNamespace", on: "System"),
        room(
            "PrivateNetworks", on: "System",
            uses: [
                "TCPClosing", "CLastcallLinux", "CUserNamespace", "SocketDiagnostics", "Threads",
                system,
            ]),

        // Shells: reaches one host.
        room("ShellContract", on: "Shells", uses: ["HostSets", "RunModel"]),
        room(
            "RshShells", on: "Shells",
            uses: [
                "HostSets", "RunModel", "ShellContract", "RcmdProtocol", "TCPClosing",
                "TCPSockets", system,
            ]),
        room(
            "SSHShells", on: "Shells",
            uses: [
                "HostSets", "RunModel", "ShellContract", "SSHSessionModel", "SSHFiles",
                "TCPClosing", "TCPSockets", "Threads", "LockedFiles", "CLibSSH", system,
            ]),
        room(
            "ChildProcessShells", on: "Shells",
            uses: ["HostSets", "RunModel", "ShellContract", "Pipes", subprocess, system]),

        // Run: runs on many hosts, explains.
        room("RunEngine", on: "Run", uses: ["HostSets", "RunModel", "ShellContract"]),
        room(
            "RunReports", on: "Run", uses: ["HostSets", "RunModel", "TextForms", "Spool"],
            memorySafe: true),
        room("ClosingFigures", on: "Run", uses: ["TCPClosing"], memorySafe: true),
        room(
            "PortDoctor", on: "Run", uses: ["TCPClosing", "TextForms", "SocketDiagnostics"],
            memorySafe: true),

        // Lab: shows on the live kernel what the model says.
        room(
            "ClosingLab", on: "Lab",
            uses: [
                "TCPClosing", "SocketDiagnostics", "PrivateNetworks", "Threads", "TextForms",
                "ClosingFigures", system,
            ]),

        room("LabFleet", on: "Lab", uses: ["TCPClosing", "PrivateNetworks", "CLibSSH", system]),

        // CommandLine: talks to a person.
        room(
            "LastcallCommands", on: "CommandLine",
            uses: [
                "HostSets", "TCPClosing", "RunModel", "Console", "Spool", "TCPSockets",
                "ShellContract", "RcmdProtocol", "RshShells", "SSHShells", "SSHSessionModel",
                "SSHFiles", "LockedFiles", "ChildProcessShells", "RunEngine",
                "RunReports", "TextForms", "ClosingFigures", "PortDoctor", "SocketDiagnostics",
                "PrivateNetworks", "ClosingLab", "LabFleet",
                argumentParser,
                system,
            ]),
        .executableTarget(
            name: "lastcall", dependencies: ["LastcallCommands"],
            path: "Sources/CommandLine/lastcall", swiftSettings: everywhere),

        // Tests: one folder per target, then the worlds that several targets share.
        tests("HostSetsTests", of: ["HostSets"]),
        tests("TCPClosingTests", of: ["TCPClosing", "SeededRandom", "BindTables"]),
        tests("TextFormsTests", of: ["TextForms"]),
        tests("RcmdProtocolTests", of: ["RcmdProtocol", "TCPClosing", "SeededRandom"]),
        tests("RunModelTests", of: ["HostSets", "RunModel"]),
        tests("SSHSessionModelTests", of: ["SSHSessionModel"]),
        tests("SSHFilesTests", of: ["SSHFiles", "LiveProcesses"]),
        tests(
            "TCPSocketsTests",
            of: ["TCPClosing", "TCPSockets", "CLastcallLinux", "SeededRandom", system]),
        tests(
            "SocketDiagnosticsTests",
            of: ["TCPClosing", "TCPSockets", "SocketDiagnostics", system]),
        tests("PrivateNetworksTests", of: ["PrivateNetworks"]),
        tests("LabFleetTests", of: ["LabFleet"]),
        tests("ConsoleTests", of: ["Console", system]),
        tests("SpoolTests", of: ["Spool", "SeededRandom", system]),
        tests(
            "RunReportsTests",
            of: ["HostSets", "RunModel", "RunReports", "Spool", "SeededRandom"]),
        tests("ClosingFiguresTests", of: ["TCPClosing", "ClosingFigures"]),
        tests("PortDoctorTests", of: ["PortDoctor", "TCPClosing", "SocketDiagnostics"]),
        .target(
            name: "SeededRandom", path: "Tests/Support/SeededRandom", swiftSettings: everywhere),
        .target(
            name: "BindTables", dependencies: ["TCPClosing"], path: "Tests/Support/BindTables",
            swiftSettings: everywhere),
        .target(
            name: "Simulation",
            dependencies: ["HostSets", "RunModel", "ShellContract", "RunEngine"],
            path: "Tests/Support/Simulation", swiftSettings: everywhere),
        tests(
            "SimulationTests",
            of: ["HostSets", "RunModel", "ShellContract", "RunEngine", "Simulation"]),
        .target(
            name: "SessionRecording", dependencies: ["RunModel", "ShellContract"],
            path: "Tests/Support/SessionRecording", swiftSettings: everywhere),
        tests(
            "ChildProcessShellsTests",
            of: [
                "HostSets", "RunModel", "ShellContract", "ChildProcessShells", "SessionRecording",
                system,
            ]),
        tests(
            "SSHShellsTests",
            of: [
                "HostSets", "RunModel", "ShellContract", "SSHSessionModel", "SSHFiles", "SSHShells",
                "TCPClosing", "TCPSockets", "Threads", "SessionRecording", "SeededRandom", system,
            ]),
        .target(
            name: "LiveProcesses", dependencies: [subprocess, system],
            path: "Tests/Support/LiveProcesses", swiftSettings: everywhere),
        tests(
            "DaemonTests",
            of: [
                "HostSets", "RunModel", "ShellContract", "ChildProcessShells", "RshShells",
                "SSHShells", "SSHSessionModel", "RcmdProtocol", "TCPClosing", "TCPSockets",
                "SocketDiagnostics", "SessionRecording", "LiveProcesses", "LabFleet", "lastcall",
                system,
            ]),
        tests(
            "KernelTests",
            of: [
                "TCPClosing", "SocketDiagnostics", "PrivateNetworks", "ClosingLab", "Threads",
                "BindTables", "SeededRandom", "lastcall", "LiveProcesses", system,
            ]),
        tests("GoldenTests", of: ["lastcall", "LiveProcesses", system]),
        tests("TidyTests", of: []),
    ]
)
