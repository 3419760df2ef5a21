// SPDX-License-Identifier: Apache-2.0

import GroupSources
import HostSets
import LocalCommands
import Testing

/// What expressions stand for in a home with these files; the machine's own files may add sources.
private func folded(
    _ expressions: [String], home files: [String: String], variables: [String: String] = [:]
) throws -> [String] {
    try inFolder(files) { folder in
        let environment = ["HOME": folder]
            .merging(
                variables.mapValues { $0.replacing("$HOME", with: folder) }
            ) { _, own in own }
        let groups = try GroupConfiguration { environment[$0] }.groups()
        var resolution = HostResolution(
            reading: { _ in [] }, groups: { try groups.words(for: $0) })
        return try expressions.map { try resolution.ranges(of: $0, option: "-w").description }
    }
}

@Suite struct `Group sources` {
    private let path = ".config/lastcall/groups.toml"

    @Test func `are configured in TOML`() throws {
        let toml = """
            default = "racks"
            [sources.racks]
            groups = { r1 = "n[1-4]", r2 = ["n[5-8]", "m1"], all = "@r[1-2]" }
            [sources.file]
            file = "more.yaml"
            table = "roles"
            [sources.cmdb]
            map = 'case "$GROUP" in web) echo "$SOURCE[1-3]";; esac'
            list = "echo web"
            """
        let files = [
            path: toml, ".config/lastcall/more.yaml": "roles:\n  io: [a1, a2]\ncpu: {x: y}\n",
        ]
        #expect(
            try folded(
                [
                    "@r1", "@racks:r2", "@*!@r1", "@file:io", "@cmdb:web", "@@cmdb", "n?&@r2",
                    "@all",
                ],
                home: files) == [
                    "n[1-4]", "m1,n[5-8]", "m1,n[5-8]", "a[1-2]", "cmdb[1-3]", "web", "n[5-8]",
                    "m1,n[1-8]",
                ])
    }

    @Test func `that fail say which, and why`() throws {
        let toml =
            "[sources.bad]\nmap = \"exit 7\"\n[sources.slow]\nmap = \"sleep 99\"\ntimeout = 0\n"
        for (word, message) in [
            ("@bad:x", "source bad: the command 'map' of 'x': it ended with status 7"),
            ("@slow:x", "did not end within"), ("@none:x", "no source of groups is called 'none'"),
        ] {
            let fault = #expect(throws: HostSelectionFault.self) {
                try folded([word], home: [path: toml])
            }
            #expect(fault?.description.contains(message) == true, "\(word)")
        }
    }

    @Test(arguments: [
        ("x = 1", "'x' is not known"), ("[sources.a]\nnope = 1", "'nope' is not known"),
        ("[sources.a]\nttl = 1", "says nothing of where"),
        ("default = \"q\"", "'q' is not configured"),
        ("[sources.a]\nmap = \"x\"\nttl = \"soon\"", "ttl is a time"), ("a = ", "line 1"),
    ])
    func `that are configured wrongly are refused`(text: String, message: String) {
        let failure = #expect(throws: GroupFailure.self) { try folded(["@x"], home: [path: text]) }
        #expect(failure?.description.contains(message) == true)
    }

    @Test func `keep the answers of commands as long as they are told`() throws {
        let toml =
            "[sources.c]\nmap = 'echo x >> \"$HOME/asked\"; echo n1'\nttl = \"1h\"\n"
            + "[sources.d]\nmap = 'echo y >> \"$HOME/asked\"; echo n2'\n"
        let asked = try inFolder([path: toml]) { folder in
            for _ in 0..<2 {
                let groups = try GroupConfiguration {
                    $0 == "HOME" ? folder : nil
                }
                .groups()
                for source in ["c", "d", "d"] {
                    // The commands see the home of this process: they are told by their folder.
                    _ = try? groups.words(for: .members(source: source, group: "g"))
                }
            }
            return LocalFiles.names(in: "\(folder)/.cache/lastcall/groups").count
        }
        #expect(asked == 1)
    }

    @Test func `never let a name become a part of a command`() throws {
        let toml = "[sources.c]\nmap = 'test \"$GROUP\" = \"a;echo\" && echo safe1'\n"
        #expect(try folded(["@c:{a;echo}"], home: [path: toml]) == ["safe1"])
    }

    /// The example of genders(5), and the query language of its tools.
    @Test func `are genders files with their queries`() throws {
        let genders = """
            # comment
            node[0-1]   mgmt,fs=%n-fs
            node[2-5]   compute,rack=r1
            node6,node7 compute,rack=r2,ntp
            """
        #expect(
            try folded(
                [
                    "@genders:mgmt", "@genders:rack=r1", "@genders:{compute&&~ntp}",
                    "@genders:{rack=r1||mgmt}", "@genders:{compute--rack=r1}", "@genders:*",
                    "@@genders",
                ], home: ["genders": genders], variables: ["GENDERS": "$HOME/genders"])
                == [
                    "node[0-1]", "node[2-5]", "node[2-5]", "node[0-5]", "node[6-7]", "node[0-7]",
                    "compute,fs,mgmt,ntp,rack",
                ])
    }

    @Test func `are the lists of dsh`() throws {
        let files = [
            ".dsh/group/web": "web1\nweb2 # comment\n#x\n", ".dsh/group/all2": "@web\ndb1\n",
            ".dsh/machines.list": "web1\ndb1\n",
        ]
        #expect(
            try folded(["@dsh:web", "@dsh:all2", "@dsh:*"], home: files)
                == ["web[1-2]", "db1,web[1-2]", "db1,web1"])
    }

    @Test func `are ssh's own files`() throws {
        let configuration = """
            Host bastion alias
                HostName 10.0.0.1
                User = "admin"
                Port 2222
            Host *.example.org !x
                User all
            Host web1
            """
        let known = """
            web1,10.0.0.7 ssh-ed25519 AAAA
            [db1]:2222 ssh-ed25519 AAAA
            |1|hash|hash ssh-ed25519 AAAA
            @cert-authority *.example.org ssh-rsa AAAA
            [fe80::1]:22 ssh-rsa AAAA
            """
        let files = [".ssh/config": configuration, ".ssh/known_hosts": known]
        #expect(
            try folded(["@ssh:*", "@known:*"], home: files)
                == ["alias,bastion,web1", "10.0.0.7,db1:2222,[fe80::1]:22,web1"])
        let attributes = try inFolder(files) { folder in
            try GroupConfiguration { $0 == "HOME" ? folder : nil }.groups().attributes()
        }
        #expect(attributes["alias"] == ["address": "10.0.0.1", "user": "admin", "port": "2222"])
    }

    /// The inventories of Ansible's documentation, "How to build your inventory".
    @Test func `are Ansible inventories in both forms`() throws {
        let ini = """
            mail.example.com

            [webservers]
            www[01:03].example.com
            badwolf.example.com ansible_port=5309 ansible_user='fred'

            [dbservers]
            db-[a:c].example.com   # comment

            [atlanta:children]
            webservers
            dbservers

            [atlanta:vars]
            proxy=proxy.atlanta.example.com
            """
        let yaml = """
            ungrouped:
              hosts:
                mail.example.com:
            webservers:
              hosts:
                www[01:50:2].example.com:
                bar.example.com:
                  ansible_port: 5309
              vars:
                ansible_user: fred
            prod:
              children:
                webservers:
            """
        let variables = ["ANSIBLE_INVENTORY": "$HOME/hosts"]
        #expect(
            try folded(
                ["@ansible:webservers", "@ansible:atlanta&db*", "@ansible:ungrouped", "@@ansible"],
                home: ["hosts": ini, path: "default = \"ansible\""], variables: variables)
                == [
                    "fred@badwolf.example.com:5309,www[01-03].example.com",
                    "db-a.example.com,db-b.example.com,db-c.example.com", "mail.example.com",
                    "atlanta,dbservers,ungrouped,webservers",
                ])
        #expect(
            try folded(
                ["@ansible:webservers!/w03/", "@ansible:prod&/^bar/"],
                home: ["hosts.yml": yaml, path: "default = \"ansible\""],
                variables: ["ANSIBLE_INVENTORY": "$HOME/hosts.yml"])
                == [
                    "fred@bar.example.com:5309,fred@www[01,05,07,09,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,41,43,45,47,49].example.com",
                    "fred@bar.example.com:5309",
                ])
    }

    @Test func `are netgroups and hosts files that are named`() throws {
        let toml = "[sources.ng]\nnetgroups = \"netgroup\"\n[sources.h]\nhosts = \"hosts\"\n"
        let files = [
            path: toml,
            ".config/lastcall/netgroup": "web (web1,,) (web2,-,example.org) \\\n  db\ndb (db1,,)\n",
            ".config/lastcall/hosts":
                "127.0.0.1 localhost\n::1 ip6-localhost\nff02::1 ip6-allnodes\n10.0.0.1 n1.example.org n1 # c\n",
        ]
        #expect(
            try folded(["@ng:web", "@ng:db", "@h:*"], home: files) == [
                "db1,web[1-2]", "db1", "n1.example.org",
            ])
    }
}
