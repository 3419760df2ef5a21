// SPDX-License-Identifier: Apache-2.0

package import PrivateNetworks

/// Thousands of hosts that answer over ssh, in a network of their own, for one command.
package struct LabFleet: Sendable {
    /// How many hosts, 1 to `FleetAddresses.most`; the network answers at others as well.
    package var hosts: Int
    /// How many threads serve them.
    package var threads: Int
    /// How many host keys there are; the hosts have them by turns.
    package var hostKeys: Int
    /// The password that opens, for any user; `nil` for keys alone.
    package var password: String?
    /// How many files the command may have open.
    package var fileLimit: CompanionProcess.FileLimit

    package init(
        hosts: Int, threads: Int = 2, hostKeys: Int = 1, password: String? = nil,
        fileLimit: CompanionProcess.FileLimit = .current
    ) {
        self.hosts = hosts
        self.threads = threads
        self.hostKeys = hostKeys
        self.password = password
        self.fileLimit = fileLimit
    }

    /// Runs a command that finds the fleet by `LASTCALL_FLEET…` in its environment.
    ///
    /// Nothing outside is touched, and nothing is left: network, files and command go with this
    /// process, whatever ends it.
    ///
    /// - Returns: the command's exit status.
    package func run(_ command: [String]) async throws -> Int32 {
        let network = try await LocalNetwork.make(
            address: FleetAddresses.client, prefixLength: FleetAddresses.prefixLength)
        let keys = try (0..<hostKeys).map { _ throws(FleetError) in try FleetKey.make() }
        let userKey = try FleetKey.make()
        let settings = LabSSHServer.Settings(
            hostKeys: keys, doors: .init(key: userKey, password: password))
        let files = try FleetFiles(self, hostKeys: keys, userKey: userKey)
        for _ in 0..<threads {
            // It listens when this returns, and serves until the process ends.
            try await network.start {
                try LabSSHServer(settings)
            } work: {
                try $0.serve()
            }
        }
        let (variables, limit) = (files.variables, fileLimit)
        return try await network.run {
            try CompanionProcess.run(command, adding: variables, fileLimit: limit)
        }
    }
}
