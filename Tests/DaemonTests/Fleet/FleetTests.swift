// SPDX-License-Identifier: Apache-2.0

import LabFleet
import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(3))) struct `lastcall lab fleet` {
    /// Runs a script of sh(1) in front of a fleet; `$S` is ssh(1) with all it needs.
    private static func run(
        _ script: String, options: [String] = [], input: [UInt8] = []
    ) async throws -> ProcessResult {
        try await Lastcall.run(
            ["lab", "fleet", "--hosts", "300"] + options
                + ["--", "sh", "-c", #"S="ssh -F $LASTCALL_FLEET_SSH_CONFIG"; "# + script],
            input: input)
    }

    @Test func `tells exact exit codes`() async throws {
        let result = try await Self.run(
            "for code in 0 1 2 77 127 128 254 255; do $S 10.77.0.9 exit $code; echo $?; done")
        #expect(result.output == "0\n1\n2\n77\n127\n128\n254\n255\n", "\(result.error)")
        #expect(result.status == 0)
    }

    @Test func `knows a few commands, and which host it is`() async throws {
        let result = try await Self.run(
            #"""
            $S 10.77.1.50 "false && echo no; false || printf '%s-%s\n' 'a b' c; hostname"
            $S 10.77.0.1 sh -c "'echo in; exit 3'; echo \$?" || echo "status $?"
            $S 10.77.0.1 'true; ls -l'; echo "status $?"
            """#)
        #expect(result.output == "a b-c\n10.77.1.50\nin\n$?\nstatus 127\n", "\(result.error)")
        #expect(result.error == "ls: not found\n")
    }

    @Test func `keeps the streams apart`() async throws {
        let result = try await Self.run("$S 10.77.0.1 'echo out; echo err >&2; bytes 3 >&2'")
        #expect(result.output == "out\n")
        #expect(result.error == "err\n012")
    }

    @Test func `sends every byte of 64 MiB`() async throws {
        let count = 64 << 20
        let result = try await Self.run("$S 10.77.0.1 bytes \(count)")
        #expect(result.outputBytes == ProducedBytes.bytes(0..<count))
    }

    @Test func `gives back every byte of its input`() async throws {
        let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ ($0 >> 8)) }
        let result = try await Self.run("$S 10.77.0.1 'cat; exit 4'", input: bytes)
        #expect(result.outputBytes == bytes)
        #expect(result.status == 4)
    }

    @Test func `lets nobody in with another key, and a password only when it has one`() async throws
    {
        let script = #"""
            ssh-keygen -q -t ed25519 -N '' -f "$LASTCALL_FLEET_DIRECTORY/other"
            ssh -F none -o UserKnownHostsFile="$LASTCALL_FLEET_KNOWN_HOSTS" -o BatchMode=yes \
                -o IdentityAgent=none -i "$LASTCALL_FLEET_DIRECTORY/other" 10.77.0.1 true; echo $?
            printf '#!/bin/sh\necho %s\n' "${LASTCALL_FLEET_PASSWORD-nothing}" \
                >"$LASTCALL_FLEET_DIRECTORY/ask"
            chmod 700 "$LASTCALL_FLEET_DIRECTORY/ask"
            SSH_ASKPASS=$LASTCALL_FLEET_DIRECTORY/ask SSH_ASKPASS_REQUIRE=force \
                $S -o BatchMode=no -o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no \
                10.77.0.1 echo in; echo $?
            """#
        #expect(try await Self.run(script).output == "255\n255\n")
        #expect(
            try await Self.run(script, options: ["--password", "s3cret"]).output
                == "255\nin\n0\n")
    }

    @Test func `has as many host keys as it is told to`() async throws {
        let result = try await Self.run(
            #"""
            cut -d ' ' -f 3 "$LASTCALL_FLEET_KNOWN_HOSTS" | sort -u | wc -l
            for host in 10.77.0.1 10.77.0.2 10.77.1.50; do $S $host hostname; done
            """#, options: ["--host-keys", "300"])
        #expect(result.output == "300\n10.77.0.1\n10.77.0.2\n10.77.1.50\n", "\(result.error)")
    }

    @Test func `answers for all hosts at once`() async throws {
        let result = try await Self.run(
            #"xargs -P 40 -I HOST $S HOST "hostname" <"$LASTCALL_FLEET_LIST" | sort | uniq | wc -l"#
        )
        #expect(result.output == "300\n", "\(result.error)")
    }

    @Test func `ends with the status of its command, and takes its files with it`() async throws {
        let result = try await Self.run(
            #"echo "$LASTCALL_FLEET_DIRECTORY"; ls "$LASTCALL_FLEET_DIRECTORY"; exit 41"#)
        #expect(result.status == 41)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.dropFirst() == ["hosts", "key", "key.pub", "known_hosts", "ssh_config"])
        #expect(throws: (any Error).self) { try SmallFile.read("\(lines[0])/hosts") }
    }

    @Test func `works for who may make no networks but in a user namespace`() async throws {
        let result = try await Lastcall.shell(
            #"""
            exec setpriv --bounding-set=-sys_admin "$LASTCALL" lab fleet --hosts 2 -- \
                sh -c 'ssh -F "$LASTCALL_FLEET_SSH_CONFIG" 10.77.0.2 hostname'
            """#)
        #expect(result.output == "10.77.0.2\n", "\(result.error)")
    }

    @Test func `takes its command along when it is killed`() async throws {
        let result = try await Lastcall.run(
            ["lab", "fleet", "--", "sh", "-c", "kill -9 $PPID; exec cat"], input: nil)
        // Its output ends with `cat`, which is given no end of input.
        #expect(result.wasKilled)
    }

    @Test(arguments: [
        ([], "no command; usage: lastcall lab fleet"),
        (["--hosts", "0", "--", "true"], "--hosts 0: from 1 to 64000"),
        (["--", "/no/such/command"], "no fleet: run '/no/such/command': No such file"),
    ])
    func `says what is wrong with a request`(words: [String], message: String) async throws {
        let result = try await Lastcall.run(["lab", "fleet"] + words)
        #expect(result.status == 2)
        #expect(result.error.hasPrefix("lastcall: " + message), "\(result.error)")
    }
}
