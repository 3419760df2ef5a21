// SPDX-License-Identifier: Apache-2.0

import SSHFiles
import Testing

@Suite struct `known_hosts` {
    private func verdict(
        _ lines: String, for name: String, _ type: String = "ssh-ed25519", _ key: String = "AAAA"
    ) -> KnownHosts.Verdict {
        KnownHosts([("file", Array(lines.utf8))]).verdict(of: type, key, for: name)
    }

    private func entry(
        _ line: Int, _ type: String = "ssh-ed25519", _ key: String = "AAAA"
    )
        -> KnownHosts.Entry
    {
        KnownHosts.Entry(file: 0, line: line, keyType: type, key: key)
    }

    @Test(arguments: [
        ("node1 ssh-ed25519 AAAA", "node1"),
        ("node2,node1 ssh-ed25519 AAAA a comment", "node1"),
        ("NODE1 ssh-ed25519 AAAA", "node1"),
        ("node1\tssh-ed25519\tAAAA", "node1"),
        ("  node1 ssh-ed25519 AAAA\r", "node1"),
        ("[node1]:2222 ssh-ed25519 AAAA", "[node1]:2222"),
        ("node? ssh-ed25519 AAAA", "node1"),
        ("*.example,!bad.example ssh-ed25519 AAAA", "good.example"),
        ("[node*]:22?? ssh-ed25519 AAAA", "[node1]:2222"),
        ("fd20::1 ssh-ed25519 AAAA", "fd20::1"),
        ("node1 ssh-ed25519 BBBB\nnode1 ssh-ed25519 AAAA", "node1"),
    ])
    func `trusts a key that stands there`(lines: String, name: String) {
        guard case .trusted(let entry) = verdict(lines, for: name) else {
            Issue.record("\(verdict(lines, for: name))")
            return
        }
        #expect(entry.key == "AAAA")
    }

    @Test(arguments: [
        "", "# node1 ssh-ed25519 AAAA", "node2 ssh-ed25519 AAAA", "node1 ssh-ed25519",
        "node1", "[node1]:2222 ssh-ed25519 AAAA", "*,!node1 ssh-ed25519 AAAA",
        "@cert-authority node1 ssh-ed25519 AAAA", "@strange node1 ssh-ed25519 AAAA",
        "|1|short ssh-ed25519 AAAA",
    ])
    func `does not know a host that is on no line`(lines: String) {
        #expect(verdict(lines, for: "node1") == .unknown)
    }

    @Test func `names the lines that have another key`() {
        let lines = "node1 ssh-ed25519 BBBB\nnode1 ssh-rsa CCCC\nnode2 ssh-ed25519 AAAA"
        #expect(
            verdict(lines, for: "node1") == .changed([entry(1, "ssh-ed25519", "BBBB")]))
    }

    @Test func `knows a host by keys of other types`() {
        #expect(
            verdict("node1 ssh-rsa CCCC", for: "node1")
                == .otherTypes([entry(1, "ssh-rsa", "CCCC")]))
    }

    @Test(arguments: [
        "node1 ssh-ed25519 AAAA\n@revoked node1 ssh-ed25519 AAAA",
        "node1 ssh-ed25519 AAAA\n@revoked * ssh-ed25519 AAAA",
    ])
    func `never trusts a revoked key, though another line has it`(lines: String) {
        #expect(verdict(lines, for: "node1") == .revoked(entry(2)))
    }

    @Test func `trusts another key beside a revoked one`() {
        let lines = "@revoked node1 ssh-ed25519 BBBB\nnode1 ssh-ed25519 AAAA"
        #expect(verdict(lines, for: "node1") == .trusted(entry(2)))
    }

    /// Made by ssh-keygen(1) -H of OpenSSH 9.2.
    private let hashed =
        "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 AAAA"

    @Test func `finds hashed names that ssh-keygen has made`() {
        #expect(verdict(hashed, for: "192.168.1.61") == .trusted(entry(1)))
        #expect(verdict(hashed, for: "192.168.1.62") == .unknown)
        #expect(
            verdict(hashed, for: "192.168.1.61", "ssh-ed25519", "BBBB") == .changed([entry(1)]))
    }

    @Test func `finds hashed names of its own making`() {
        for name in ["node1", "[node1]:2222", "Node1"] {
            let line = KnownHostName.line(
                for: name, keyType: "ssh-ed25519", key: "AAAA", salt: Array(0..<20))
            #expect(line.hasPrefix("|1|AAECAwQFBgcICQoLDA0ODxAREhM=|"))
            #expect(verdict(line, for: name.lowercased()) == .trusted(entry(1)))
        }
    }

    @Test func `numbers faulty lines, and skips them`() {
        let known = KnownHosts([("file", Array("node1\n\n# x\nnode2 ssh-rsa AAAA\n@x y z".utf8))])
        #expect(known.faultyLines.map(\.number) == [1, 5])
        #expect(known.count == 1)
    }

    @Test func `says which types of key a host has, and which authorities`() {
        let lines = "node1 ssh-rsa A\nnode1 ssh-ed25519 B\n@cert-authority *.example ssh-rsa C"
        let known = KnownHosts([("file", Array(lines.utf8))])
        #expect(known.keyTypes(for: "node1") == ["ssh-rsa", "ssh-ed25519"])
        #expect(known.keyTypes(for: "a.example").isEmpty)
        #expect(known.namesAuthority(for: "a.example"))
        #expect(!known.namesAuthority(for: "node1"))
    }

    @Test func `reads any bytes`() {
        for seed in 0..<2000 {
            var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
            let alphabet = Array("@|*?!,: \t\n\0\u{ff}1aAssh-rsa".utf8)
            let bytes = (0..<(seed % 97))
                .map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return alphabet[Int(state >> 33) % alphabet.count]
                }
            let known = KnownHosts([("file", bytes)])
            _ = known.verdict(of: "ssh-rsa", "a", for: "a")
            #expect(known.count <= bytes.count)
        }
    }
}

@Suite struct `Digests` {
    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// RFC 3174 section 7.3.
    @Test func `of SHA-1 are those of the RFC`() {
        #expect(
            hexadecimal(SHA1.digest(of: Array("abc".utf8)))
                == "a9993e364706816aba3e25717850c26c9cd0d89d")
        let long = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        #expect(hexadecimal(SHA1.digest(of: long)) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(
            hexadecimal(SHA1.digest(of: [])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    /// RFC 2202 section 3.
    @Test func `with a key are those of the RFC`() {
        #expect(
            hexadecimal(
                SHA1.authentication(
                    of: Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20)))
                == "b617318655057264e28bc0b6fb378c8ef146be00")
        #expect(
            hexadecimal(
                SHA1.authentication(
                    of: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                    key: [UInt8](repeating: 0xaa, count: 80)))
                == "aa4ae5e15272d00e95705637ce8a3b55ed402112")
    }

    @Test func `in base 64 are read as they are written`() {
        for length in 0..<20 {
            let bytes = (0..<length).map { UInt8($0 * 37 & 0xff) }
            #expect(Base64.bytes(of: Array(Base64.text(of: bytes).utf8)) == bytes)
        }
        for faulty in ["A", "AB=C", "A===", "A*BC"] {
            #expect(Base64.bytes(of: Array(faulty.utf8)) == nil)
        }
    }
}

@Suite struct `Patterns of ssh` {
    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("?", "", false), ("a*c", "abbc", true),
        ("a*c", "abbd", false), ("*.example", "a.example", true), ("*.example", "example", false),
        ("a**b", "ab", true), ("", "", true), ("", "a", false), ("?b?", "abc", true),
        ("*a*a*a*", "aa", false),
    ])
    func `match`(pattern: String, text: String, isMatch: Bool) {
        #expect(SSHPattern.matches(Array(pattern.utf8), Array(text.utf8)) == isMatch)
    }

    @Test func `take time in proportion to the text`() {
        let pattern = Array(String(repeating: "a*", count: 50).utf8) + [UInt8(ascii: "b")]
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 5000)
        #expect(!SSHPattern.matches(pattern, text))
    }
}
