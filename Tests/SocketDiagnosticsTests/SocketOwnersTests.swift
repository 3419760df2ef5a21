// SPDX-License-Identifier: Apache-2.0

import SocketDiagnostics
import SystemPackage
import Testing

@Suite struct `The owners of sockets` {
    private static let nginx = SocketOwner(
        process: ProcessDescription(
            number: 812, name: "nginx", userID: 33, startedAfterBoot: .seconds(7)), descriptor: 6)

    /// A listener with this inode and user, in the form of the kernel.
    private func socket(
        _ state: SocketState = .listen, inode: UInt32, user: UInt32 = 33
    ) throws -> SocketSnapshot {
        var socket = try SocketSnapshot(kernel: `A socket's snapshot`.timeWait)
        socket.state = state
        socket.inode = inode
        socket.userID = user
        return socket
    }

    @Test func `are found by inode`() throws {
        var owners = SocketOwners()
        owners.holders = [5: [Self.nginx]]
        #expect(owners.ownership(of: try socket(inode: 5)) == .owned([Self.nginx]))
    }

    @Test(arguments: [
        (SocketState.timeWait, InvisibleOwner.orphan), (.finWait2, .orphan), (.finWait1, .orphan),
        (.lastAck, .orphan), (.established, .notAccepted), (.closeWait, .notAccepted),
        (.synReceived, .notAccepted),
    ])
    func `do not exist for what has no descriptor`(
        state: SocketState, reason: InvisibleOwner
    ) throws {
        let ownership = SocketOwners().ownership(of: try socket(state, inode: 0))
        #expect(ownership == .notVisible([reason]))
    }

    @Test func `are hidden for every reason that is possible, the likeliest first`() throws {
        var owners = SocketOwners()
        #expect(
            owners.ownership(of: try socket(inode: 5))
                == .notVisible([.inFlight(queuedAt: []), .closedMeanwhile]))
        #expect(
            owners.ownership(of: try socket(inode: 5, user: 0))
                == .notVisible([.inFlight(queuedAt: []), .kernel, .closedMeanwhile]))
        owners.hiddenUsers = [33, 0]
        owners.seesEveryProcess = false
        owners.queues = [Self.nginx]
        #expect(
            owners.ownership(of: try socket(inode: 5))
                == .notVisible([
                    .otherUser(33), .otherPIDNamespace, .inFlight(queuedAt: [Self.nginx]),
                    .otherUser(0), .closedMeanwhile,
                ]))
    }

    @Test func `are described by proc, whatever a process calls itself`() throws {
        let stat = "77 (a) b (c) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 1234 5 6\n"
        let status = "Name:\ta) b (c\nState:\tS\nUid:\t1000\t33\t1000\t1000\nGid:\t0\n"
        let process = try #require(ProcessDescription(number: 77, stat: stat, status: status))
        #expect(process.name == "a) b (c")
        #expect(process.userID == 33)
        #expect(process.startedAfterBoot == .milliseconds(12_340))
        #expect(ProcessDescription(number: 77, stat: "77 (a", status: status) == nil)
        #expect(ProcessDescription(number: 77, stat: "77 (a) S 1", status: status) == nil)
        #expect(ProcessDescription(number: 77, stat: stat, status: "") == nil)
    }

    private static let number = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

    @Test(arguments: [
        ("0::/system.slice/nginx.service\n", "nginx.service", nil),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", nil),
        ("0::/system.slice/docker-\(number).scope\n", "docker-\(number).scope", "0123456789ab"),
        ("0::/docker/\(number)\n", nil, "0123456789ab"),
        (
            "0::/kubepods.slice/cri-containerd-\(number).scope", "cri-containerd-\(number).scope",
            "0123456789ab"
        ),
        ("0::/machine.slice/machine-web.scope\n", "machine-web.scope", "web"),
        ("0::/lxc.payload.box/system.slice/sshd.service\n", "sshd.service", "box"),
        ("12:cpu:/\n1:name=systemd:/system.slice/a.service\n", "a.service", nil),
        ("0::/\n", nil, nil),
    ])
    func `have a unit and a container in their control group`(
        text: String, unit: String?, container: String?
    ) throws {
        let group = try #require(ControlGroup(processFile: text))
        #expect(group.systemdUnit == unit)
        #expect(group.container == container)
    }

    @Test(arguments: ["", "12:cpu:/x\n", "0::", "garbage"])
    func `may be in no control group that is known`(text: String) {
        #expect(ControlGroup(processFile: text) == nil)
    }
}

@Suite struct `A network namespace's name` {
    @Test(arguments: [
        ("812", "/proc/812/ns/net"), ("blue", "/run/netns/blue"), ("/x/y", "/x/y"),
        ("./y", "./y"),
    ])
    func `is a process, a name of ip-netns, or a path`(text: String, path: String) {
        #expect(NetworkNamespaceName(text)?.description == path)
    }

    @Test func `is not empty`() { #expect(NetworkNamespaceName("") == nil) }

    @Test func `that leads nowhere says so`() {
        #expect(throws: SocketDiagnosticsError.failed(.noSuchFileOrDirectory)) {
            try SocketDiagnostics(in: .path("/run/netns/there is none"))
        }
    }
}
