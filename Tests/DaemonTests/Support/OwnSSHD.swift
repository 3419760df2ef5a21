// SPDX-License-Identifier: Apache-2.0

import HostSets
import LiveProcesses
import RunModel
import SSHSessionModel
import SSHShells

/// A sshd with settings of its own on the lab's server 0, for one test.
struct OwnSSHD {
    /// Where it listens.
    let port: Int
    /// What it has written about itself.
    let process: LiveProcess

    /// The lines of its log that hold a text.
    func logged(_ text: String) -> Int { process.occurrences(of: text, on: .error) }

    /// Whether the lab's users have uids of their own; without, a sshd cannot change users.
    static let isPossible = RshLab.variable("LASTCALL_LAB_ONE_UID") != "1"

    /// The host's private key, the one that known_hosts of the lab knows.
    static var hostKey: String { RshLab.variable("LASTCALL_LAB_SSH_HOST_KEY") ?? "" }

    /// A file that server and client see, by its name.
    static func shared(_ name: String) -> String { "\(RshLab.share)/\(name)" }

    /// Raises a server with these lines of sshd_config, and ends it after the body.
    static func run(
        port: Int, _ lines: [String], hostKeys: [String] = [hostKey],
        _ body: (OwnSSHD) async throws -> Void
    ) async throws {
        let file = shared("sshd-\(port)")
        let text =
            hostKeys.map { "HostKey \($0)" } + lines
            // The first value of a keyword counts.
            + [
                "Port \(port)", "PidFile none", "StrictModes no", "UseDNS no", "LogLevel VERBOSE",
                "PermitRootLogin yes", "AuthorizedKeysFile /etc/lab/authorized_keys",
            ]
        try SmallFile.write(Array(text.joined(separator: "\n").utf8) + [10], to: file)
        _ = try await Lastcall.start(
            ["lab-server", "0", "lab-sshd", "-D", "-e", "-f", file], input: [], environment: [:]
        ) { process in
            try await process.wait(for: "Server listening on 0.0.0.0", on: .error)
            do {
                try await body(OwnSSHD(port: port, process: process))
            } catch {
                try await RshLab.end("0", with: file)
                throw error
            }
            try await RshLab.end("0", with: file)
        }
    }

    /// Makes a pair of keys in the shared directory, anew; the path of the private one.
    static func makeKey(
        _ name: String, type: String = "ed25519", passphrase: String = ""
    )
        async throws -> String
    {
        let path = shared(name)
        let made = try await Lastcall.shell(
            "rm -f \"$1\" \"$1.pub\"; ssh-keygen -q -t \(type) -N \"$2\" -C lab -f \"$1\" && chmod 644 \"$1.pub\"",
            [path, passphrase])
        guard made.status == 0 else { throw NoKey(error: made.error) }
        return path
    }

    struct NoKey: Error { let error: String }
}
