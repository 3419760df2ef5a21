// SPDX-License-Identifier: Apache-2.0

import Console
import GroupSources
import LocalCommands
import NodeSets
import SystemPackage

/// The program under the names of ClusterShell's `nodeset`.
enum NodesetMode {
    /// The names under which the program is ClusterShell's.
    static let names: Set<String> = ["nodeset", "cluset"]

    /// The name this process was started by, without its folder.
    static var name: String {
        let path = CommandLine.arguments.first ?? ""
        return path.split(separator: "/").last.map(String.init) ?? ""
    }

    /// Runs the command line of this process as ClusterShell's `nodeset` and exits.
    static func start() -> Never {
        var surroundings = NodesetProgram.Surroundings(
            input: { (try? FileBytes.all(of: .standardInput, limit: .max)) ?? [] },
            groups: { path in
                let configuration =
                    path.map { ClusterShellConfiguration(path: $0) }
                    ?? ClusterShellConfiguration(environment: ThisProcess.environment)
                return NodeGroups(
                    load: { () throws(NodesetFailure) in try configuration.sources() },
                    run: { command, folder in
                        let output = try? ShellCommand.output(
                            of: command, in: folder, readsInput: true)
                        return output.map { String(decoding: $0, as: UTF8.self) }
                    })
            }, seed: .random(in: .min ... .max))
        surroundings.foldAxes = ClusterShellConfiguration.foldAxes(
            environment: ThisProcess.environment)
        let program = NodesetProgram(
            name, Array(CommandLine.arguments.dropFirst()), surroundings)
        // What came before a fault was printed before it.
        _ = try? FileDescriptor.standardOutput.writeAll(program.output)
        _ = try? FileDescriptor.standardError.writeAll(program.complaints)
        ThisProcess.exit(program.status)
    }
}
