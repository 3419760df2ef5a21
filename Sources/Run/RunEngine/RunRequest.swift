// SPDX-License-Identifier: Apache-2.0

package import HostSets
package import RunModel
package import ShellContract

/// A run, resolved: which hosts, what to run there, and within which limits.
package struct RunRequest: Sendable {
    /// The targets, in the order of their turns; events and outcomes name them by their place here.
    package var hosts: [Host]
    /// The words of the command, at least one.
    package var command: [String]
    /// The user to be on hosts that name none; `nil` for the transport's own choice.
    package var defaultUser: String?
    /// What every host reads on its standard input, or `nil` for nothing.
    package var input: (any SessionInput)?
    package var limits: RunLimits
    /// The words of the command on one target, by its place, where they are not the same on all.
    package var commandOnHost: (@Sendable (Int) -> [String])?

    package init(
        hosts: [Host], command: [String], defaultUser: String? = nil,
        input: (any SessionInput)? = nil, limits: RunLimits
    ) {
        self.hosts = hosts
        self.command = command
        self.defaultUser = defaultUser
        self.input = input
        self.limits = limits
    }

    /// What the shell is asked to do on one target.
    func session(_ host: Int) -> SessionRequest {
        SessionRequest(
            index: host, host: hosts[host], command: commandOnHost?(host) ?? command,
            defaultUser: defaultUser, input: input, connectTimeout: limits.connectTimeout)
    }
}
