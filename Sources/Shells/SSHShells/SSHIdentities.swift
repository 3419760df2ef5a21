// SPDX-License-Identifier: Apache-2.0

import CLibSSH
import LockedFiles
import SSHFiles
import Synchronization
import Threads

/// The keys of files, each loaded once per run, however many hosts use it.
package final class SSHIdentities: Sendable {
    /// One thing to authenticate with.
    enum Candidate: Sendable {
        case key(LibraryKey)
        /// The key of this file, once its passphrase is known.
        case locked(String)
    }

    /// What is in a file.
    private enum Content: Sendable {
        case absent
        case keys([LibraryKey])
        case locked
        /// Its passphrase was wrong, or was not given.
        case useless
    }

    private static let longestCertificate = 65_536

    private let files = Mutex<[String: Content]>([:])
    private let thread = BlockingCalls(threadLimit: 1)

    package init() { SSHLibrary.begin() }

    /// What there is to try with these files, those that do not exist left out.
    func candidates(in paths: [String], certificates: [String]) async -> [Candidate] {
        var candidates: [Candidate] = []
        for path in paths {
            switch await content(of: path, certificates: certificates) {
            case .absent, .useless: continue
            case .keys(let keys): candidates += keys.map { .key($0) }
            case .locked: candidates.append(.locked(path))
            }
        }
        return candidates
    }

    private func content(of path: String, certificates: [String]) async -> Content {
        if let known = files.withLock({ $0[path] }) { return known }
        let loaded = await thread.make { [self] in
            if let known = files.withLock({ $0[path] }) { return known }
            let content = Self.load(path, passphrase: nil, certificates: certificates)
            files.withLock { $0[path] = content }
            return content
        }
        return loaded
    }

    /// Opens a locked key, or says that the passphrase is wrong; takes a good part of a second.
    func unlock(
        _ path: String, passphrase: String, certificates: [String]
    ) async -> [LibraryKey]? {
        await thread.make { [self] in
            if case .keys(let keys) = files.withLock({ $0[path] }) { return keys }
            let content = Self.load(path, passphrase: passphrase, certificates: certificates)
            guard case .keys(let keys) = content else {
                files.withLock { $0[path] = .useless }
                return nil
            }
            files.withLock { $0[path] = content }
            return keys
        }
    }

    private static func load(
        _ path: String, passphrase: String?, certificates: [String]
    ) -> Content {
        guard let key = privateKey(path, passphrase) else {
            return exists(path)
                ? (passphrase == nil && isLocked(path) ? .locked : .useless) : .absent
        }
        var keys: [LibraryKey] = []
        let line = Array("\(key.type) \(key.base64 ?? "")".utf8)
        for file in [path + "-cert.pub"] + certificates {
            guard let bytes = try? LockedFile.contents(of: file, limit: longestCertificate),
                SSHCertificate.line(bytes, isOf: line)
            else { continue }
            var certificate: OpaquePointer?
            guard ssh_pki_import_cert_file(file, &certificate) == SSH_OK, let certificate else {
                continue
            }
            defer { ssh_key_free(certificate) }
            // A key that carries a certificate is another key to libssh.
            guard let copy = privateKey(path, passphrase),
                ssh_pki_copy_cert_to_privkey(certificate, copy.key) == SSH_OK
            else { continue }
            keys.append(copy)
        }
        return .keys(keys + [key])
    }

    private static func exists(_ path: String) -> Bool {
        var key: OpaquePointer?
        let result = ssh_pki_import_privkey_file(path, "", nil, nil, &key)
        if let key { ssh_key_free(key) }
        return result != SSH_EOF
    }

    private static func privateKey(_ path: String, _ passphrase: String?) -> LibraryKey? {
        var key: OpaquePointer?
        let result =
            passphrase.map { ssh_pki_import_privkey_file(path, $0, nil, nil, &key) }
            ?? ssh_pki_import_privkey_file(path, nil, refusePassphrase, nil, &key)
        guard result == SSH_OK, let key else { return nil }
        return LibraryKey(owning: key)
    }

    /// Whether libssh asks for a passphrase when it loads this key.
    private static func isLocked(_ path: String) -> Bool {
        var wasAsked = false
        var key: OpaquePointer?
        withUnsafeMutablePointer(to: &wasAsked) { flag in
            _ = ssh_pki_import_privkey_file(
                path, nil,
                { _, _, _, _, _, context in
                    context?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, flag, &key)
        }
        if let key { ssh_key_free(key) }
        return wasAsked
    }

    private static let refusePassphrase: ssh_auth_callback = { _, _, _, _, _, _ in -1 }
}
