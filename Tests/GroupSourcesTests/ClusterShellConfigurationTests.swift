// SPDX-License-Identifier: Apache-2.0

import GroupSources
import LocalCommands
import NodeSets
import Testing

/// A folder that is gone when the test is over.
func inFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result
{
    let output = try ShellCommand.output(of: "mktemp -d")
    let folder = String(decoding: output.dropLast(), as: UTF8.self)
    defer { _ = try? ShellCommand.output(of: "rm -rf -- \(folder)") }
    for (path, text) in files {
        let parent = "\(folder)/\(path)".split(separator: "/").dropLast().joined(separator: "/")
        LocalFiles.makeFolder("/" + parent)
        #expect(LocalFiles.replace("\(folder)/\(path)", with: Array(text.utf8)))
    }
    return try body(folder)
}

@Suite struct `ClusterShell's configuration` {
    @Test func `is read as its documentation says`() throws {
        let files = [
            "groups.conf": """
            [Main]
            default: roles
            confdir: $CFGDIR/groups.conf.d /nonexistent
            autodir: $CFGDIR/groups.d
            [local]
            map: echo $GROUP
            """,
            "groups.conf.d/a.conf":
                "[slurmpart,sp]\nmap: sinfo -p $GROUP\nlist: sinfo\ncache_time: 60\n",
            "groups.conf.d/b.conf.example": "[no]\nmap: no\n",
            "groups.d/cluster.yaml": "roles:\n    adm: 'e0'\n    io: ['e1', 'e2']\n",
        ]
        let sources = try inFolder(files) {
            try ClusterShellConfiguration(path: "\($0)/groups.conf").sources()
        }
        #expect(sources.sources.map(\.name) == ["slurmpart", "sp", "roles", "local"])
        #expect(sources.defaultName == "roles")
        guard case .groups(let groups) = sources.sources[2].kind else {
            Issue.record("not a file")
            return
        }
        #expect(groups.map(\.name) == ["adm", "io"])
        #expect(groups.map(\.nodes) == ["e0", "e1,e2"])
    }

    @Test func `that names a default that is missing is refused`() throws {
        let fault = #expect(throws: NodesetFailure.self) {
            try inFolder(["groups.conf": "[Main]\ndefault: x\n"]) {
                try ClusterShellConfiguration(path: "\($0)/groups.conf").sources()
            }
        }
        #expect(fault == .resolver("Default group source not found: \"x\""))
    }
}
