// SPDX-License-Identifier: Apache-2.0

import HostSets
import Testing

@Suite struct `Host sets` {
    private func set(_ pattern: String) throws -> HostSet { try HostPattern(pattern).hosts() }

    @Test func `keep the first of equal hosts, in order`() throws {
        let name = try HostName("a")
        var hosts = try HostSet([Host(name: HostName("b")), Host(name: name), Host(name: name)])
        #expect(hosts.map(\.description) == ["b", "a"])
        let again = hosts.append(Host(name: name))
        let withUser = hosts.append(Host(name: name, user: "root"))
        let withPort = hosts.append(Host(name: name, port: 22))
        #expect(!again && withUser && withPort)
        #expect(hosts.map(\.description) == ["b", "a", "root@a", "a:22"])
        #expect(hosts.contains(Host(name: name, user: "root")))
        #expect(!hosts.contains(Host(name: name, user: "root", port: 22)))
    }

    @Test func `are equal when hosts and order are`() throws {
        #expect(try set("a,b") == set("a,b,a"))
        #expect(try set("a,b").hashValue == set("a,b,a").hashValue)
        #expect(try set("a,b") != set("b,a"))
    }

    @Test(arguments: [
        ("node[1-4]", "node[2-3]", "node1,node4"),
        ("node[1-4]", "node9", "node1,node2,node3,node4"),
        ("a,root@a,a:22,root@a:22,b", "a", "b"),
        ("a,root@a,a:22,root@a:22", "root@a", "a,a:22,root@a:22"),
        ("a,root@a,a:22,root@a:22", "a:22", "a,root@a,root@a:22"),
        ("a,root@a,a:22,root@a:22", "root@a:22", "a,root@a,a:22"),
        ("node1,node01", "node01", "node1"),
        ("a", "a", ""),
    ])
    func `without an excluded set`(hosts: String, excluded: String, rest: String) throws {
        let left = try set(hosts).subtracting(set(excluded))
        #expect(left.map(\.description).joined(separator: ",") == rest)
    }

    @Test func `nothing excluded leaves all`() throws {
        #expect(try set("a,b").subtracting(HostSet()) == set("a,b"))
    }

    @Test func `are described by their pattern`() throws {
        #expect(try "\(set("node10,node9,root@b"))" == "root@b,node[9-10]")
    }

    @Test(arguments: [
        ("root", true), ("a+b.c-d_e", true), ("", false), ("-l", false), ("a b", false),
        ("a@b", false), ("a/b", false), ("a\u{0}", false), ("\u{E4}", false),
        (String(repeating: "u", count: 255), true), (String(repeating: "u", count: 256), false),
    ])
    func `hold only users that cannot be misread`(user: String, allowed: Bool) {
        #expect(Host.allowsUser(user) == allowed)
    }
}
