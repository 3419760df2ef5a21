// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks

/// What a client of the fleet needs to know of it: files, and variables that name them.
struct FleetFiles {
    /// It holds the files for as long as it lives.
    private let directory: MemoryDirectory
    private(set) var variables: [(name: String, value: String)]

    init(_ fleet: LabFleet, hostKeys: [FleetKey], userKey: FleetKey) throws {
        directory = try MemoryDirectory()
        let addresses = (0..<fleet.hosts)
            .map { FleetAddresses.text(FleetAddresses.address(of: $0)) }
        let lines = try hostKeys.map { key throws(FleetError) in try key.publicLine() }
        let knownHosts = addresses.enumerated()
            .map { "\($1) \(lines[$0 % lines.count])\n" }.joined()
        let list = try directory.write(
            Array((addresses.joined(separator: "\n") + "\n").utf8), to: "hosts")
        let known = try directory.write(Array(knownHosts.utf8), to: "known_hosts")
        let key = try directory.write(Array(try userKey.privateFile().utf8), to: "key")
        try directory.write(Array("\(try userKey.publicLine())\n".utf8), to: "key.pub")
        let configuration = try directory.write(
            Array(
                """
                Host *
                    User lab
                    IdentityFile \(key)
                    IdentitiesOnly yes
                    IdentityAgent none
                    UserKnownHostsFile \(known)
                    GlobalKnownHostsFile /dev/null
                    StrictHostKeyChecking yes
                    BatchMode yes
                    KexAlgorithms curve25519-sha256

                """
                .utf8), to: "ssh_config")
        variables = [
            ("LASTCALL_FLEET", "1"),
            ("LASTCALL_FLEET_COUNT", "\(fleet.hosts)"),
            ("LASTCALL_FLEET_HOSTS", FleetAddresses.pattern(fleet.hosts)),
            ("LASTCALL_FLEET_LIST", list),
            ("LASTCALL_FLEET_CLIENT", FleetAddresses.text(FleetAddresses.client)),
            ("LASTCALL_FLEET_DIRECTORY", directory.path),
            ("LASTCALL_FLEET_KEY", key),
            ("LASTCALL_FLEET_KNOWN_HOSTS", known),
            ("LASTCALL_FLEET_SSH_CONFIG", configuration),
        ]
        if let password = fleet.password {
            variables.append(("LASTCALL_FLEET_PASSWORD", password))
        }
    }
}
