// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Console
import RunModel
import SystemPackage

/// The command `lastcall` and its subcommands.
package struct Lastcall: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "lastcall",
        abstract: "Run a command on every machine you have, at once, and never run out of ports.",
        version: "0.1.0",
        subcommands: [
            RunCommand.self, HostsCommand.self, HistoryCommand.self, ShowCommand.self,
            AgainCommand.self, WhyCommand.self, PortsCommand.self, AuditCommand.self,
            ClosingCommand.self, LabCommand.self,
        ])

    package init() {}

    /// Runs the command line of this process and exits; wrong use exits with 2.
    ///
    /// Called `nodeset` or `cluset`, the program is ClusterShell's.
    package static func start() async {
        if NodesetMode.names.contains(NodesetMode.name) { NodesetMode.start() }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            ThisProcess.exit(0)
        } catch let code as ExitCode {
            ThisProcess.exit(code.rawValue)
        } catch let error as UsageError {
            complain("lastcall: \(error.message)")
            ThisProcess.exit(ExitStatus.usage)
        } catch {
            // Help and version are no errors, and go to standard output.
            let code = exitCode(for: error)
            guard code == .success else {
                complain(fullMessage(for: error))
                ThisProcess.exit(ExitStatus.usage)
            }
            print(fullMessage(for: error))
            ThisProcess.exit(0)
        }
    }

    private static func complain(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8)
    }
}

/// The request was wrong; nothing was contacted.
struct UsageError: Error {
    /// What was wrong, where, and what to do; one line or a few.
    var message: String

    init(_ message: String) { self.message = message }
}
