// SPDX-License-Identifier: Apache-2.0

package import SocketDiagnostics
import TextForms

/// A process that holds a socket.
package struct PortOwner: Hashable, Sendable {
    package var name: String
    package var pid: Int
    package var descriptor: Int
    package var user: String
    /// The systemd unit, or the container, if it is in one.
    package var unit: String?
    /// How long it has been running.
    package var age: Duration?

    package init(
        name: String, pid: Int, descriptor: Int, user: String, unit: String? = nil,
        age: Duration? = nil
    ) {
        self.name = name
        self.pid = pid
        self.descriptor = descriptor
        self.user = user
        self.unit = unit
        self.age = age
    }

    /// Makes one of what a look at all processes has found; the machine was started `upTime` ago.
    package init(_ owner: SocketOwner, userName: (UInt32) -> String, upTime: Duration?) {
        let process = owner.process
        self.init(
            name: process.name, pid: Int(process.number), descriptor: Int(owner.descriptor),
            user: userName(process.userID), unit: process.controlGroup.flatMap(Self.unit),
            age: upTime.map { max(.zero, $0 - process.startedAfterBoot) })
    }

    /// What a control group is called: a container, else a unit.
    package static func unit(_ group: ControlGroup) -> String? {
        if let container = group.container { return "container \(container)" }
        // What a person has started by hand is in the scope of a session, which explains nothing.
        return group.systemdUnit.flatMap { $0.hasSuffix(".scope") ? nil : $0 }
    }

    /// `nginx (pid 812, nginx.service)`.
    var short: String {
        let facts = ["pid \(pid)"] + (unit.map { [$0] } ?? [])
        return SafeText.line("\(name) (\(facts.joined(separator: ", ")))")
    }

    /// `descriptor 6, user www-data, running for 3 h 07 min`.
    var long: String {
        var facts = ["pid \(pid)", "descriptor \(descriptor)", "user \(user)"]
        if let unit { facts.append(unit) }
        // That it has just been started is no news.
        if let age, age >= .seconds(60) { facts.append("running for \(DurationText.short(age))") }
        return SafeText.line("\(name): \(facts.joined(separator: ", "))")
    }
}
