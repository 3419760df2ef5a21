// SPDX-License-Identifier: Apache-2.0

import LockedFiles
package import SSHFiles
import Synchronization
import SystemPackage
import Threads

/// Decides whether a server's key may be trusted: always strictly.
package final class HostKeyJudge: Sendable {
    /// What becomes of a server.
    enum Judgement: Sendable {
        case trusted
        /// Trusted from now on; to be told to a person.
        case accepted(notice: String)
        /// Why not, and what to do.
        case refused(String)
        /// The host is known by keys of these types only; it must show one of them.
        case knownBy([String])
    }

    private struct State {
        var files: [[String]: KnownHosts] = [:]
        /// What this run has accepted, by name.
        var accepted: [String: [String]] = [:]
    }

    private let read: @Sendable (String) -> [UInt8]?
    private let thread = BlockingCalls(threadLimit: 1)
    private let state = Mutex(State())

    /// Makes the judge of one run.
    ///
    /// - Parameter read: the bytes of a file, `nil` if there is none.
    package init(reading read: @escaping @Sendable (String) -> [UInt8]?) { self.read = read }

    /// What is known, from these files; each is read once.
    package func knownHosts(in paths: [String]) -> KnownHosts {
        if let known = state.withLock({ $0.files[paths] }) { return known }
        let known = KnownHosts(paths.map { ($0, read($0) ?? []) })
        state.withLock { $0.files[paths] = known }
        return known
    }

    /// The name a host has in known_hosts.
    package static func name(of settings: SSHHostSettings) -> String {
        settings.isAlias
            ? settings.knownHostName
            : KnownHostName.name(of: settings.knownHostName, port: Int(settings.port))
    }

    /// The algorithms a host is asked to show a key of, those it is known by first.
    func algorithms(for settings: SSHHostSettings, onlyTypes: [String]? = nil) -> String {
        if let list = settings.hostKeyAlgorithms, onlyTypes == nil { return list }
        let all = SSHLibrary.hostKeyAlgorithms
        if let onlyTypes {
            return onlyTypes.flatMap(Self.algorithms).filter(all.contains).joined(separator: ",")
        }
        let types = knownHosts(in: settings.knownHostsFiles).keyTypes(for: Self.name(of: settings))
        let first = types.flatMap(Self.algorithms).filter(all.contains)
        return (first + all.filter { !first.contains($0) }).joined(separator: ",")
    }

    private static func algorithms(of keyType: String) -> [String] {
        keyType == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [keyType]
    }

    /// Judges the key that a server has shown.
    func judge(_ key: LibraryKey, of settings: SSHHostSettings) async -> Judgement {
        guard let base64 = key.base64 else {
            return .refused("the server's key cannot be read: \(key.type)")
        }
        let name = Self.name(of: settings)
        let known = knownHosts(in: settings.knownHostsFiles)
        switch known.verdict(of: key.type, base64, for: name) {
        case .trusted: return .trusted
        case .revoked(let entry):
            return .refused(
                """
                the key of \(name) is revoked (\(place(of: entry, in: known))): \(text(of: key)); \
                whoever has it may pose as this host
                """)
        case .changed(let entries): return .refused(changed(name, key, entries, in: known))
        case .otherTypes(let entries):
            let types = entries.map(\.keyType)
            let usable = types.flatMap(Self.algorithms)
                .filter(SSHLibrary.hostKeyAlgorithms.contains)
            if !usable.isEmpty { return .knownBy(types) }
            return .refused(changed(name, key, entries, in: known))
        case .unknown: break
        }
        // As ssh(1): a host known at the usual port is known at its others by that key.
        if settings.port != 22, !settings.isAlias,
            case .trusted = known.verdict(of: key.type, base64, for: settings.knownHostName)
        {
            return .trusted
        }
        return await judgeNew(key, base64, name, settings)
    }

    private func judgeNew(
        _ key: LibraryKey, _ base64: String, _ name: String, _ settings: SSHHostSettings
    ) async -> Judgement {
        if let accepted = state.withLock({ $0.accepted[name] }) {
            return accepted == [key.type, base64]
                ? .trusted
                : .refused("\(name) has shown another key a moment ago; now \(text(of: key))")
        }
        switch settings.newHosts {
        case .refuse:
            let files = settings.knownHostsFiles.prefix(2).joined(separator: ", ")
            return .refused(
                """
                \(name) is not known: its key is \(text(of: key)), and no line of \(files) has it; \
                compare it with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub there), then \
                add it with --accept-new
                """)
        case .accept(let file, let hashed):
            let type = key.type
            let text = text(of: key)
            return await thread.make { [self] in
                append(name, type, base64, to: file, hashed: hashed, text: text)
            }
        }
    }

    /// Writes a line, unless another program has written one for this host meanwhile.
    private func append(
        _ name: String, _ type: String, _ base64: String, to file: String, hashed: Bool,
        text: String
    ) -> Judgement {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<SHA1.length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let line = KnownHostName.line(
            for: name, keyType: type, key: base64, salt: hashed ? salt : nil)
        var isOthers = false
        do throws(Errno) {
            let isWritten = try LockedFile.append(line, to: file) { bytes in
                switch KnownHosts([(file, bytes)]).verdict(of: type, base64, for: name) {
                case .unknown, .otherTypes: return true
                case .trusted: return false
                case .changed, .revoked:
                    isOthers = true
                    return false
                }
            }
            if isOthers {
                return .refused(
                    "\(name) has another key in \(file) since this run began; now \(text)")
            }
            state.withLock { $0.accepted[name] = [type, base64] }
            return isWritten
                ? .accepted(notice: "\(name) is known from now on: \(text), added to \(file)")
                : .trusted
        } catch {
            return .refused(
                "\(name) is not known, and \(file) cannot be written: \(error); \(text)")
        }
    }

    // MARK: Words

    private func text(of key: LibraryKey) -> String {
        "\(key.type) \(key.fingerprint ?? "(no fingerprint)")"
    }

    private func place(of entry: KnownHosts.Entry, in known: KnownHosts) -> String {
        "\(known.paths[entry.file]):\(entry.line)"
    }

    private func changed(
        _ name: String, _ key: LibraryKey, _ entries: [KnownHosts.Entry], in known: KnownHosts
    ) -> String {
        let old = entries.map { entry in
            let fingerprint =
                LibraryKey(base64: entry.key, type: entry.keyType)?.fingerprint
                ?? "(unreadable)"
            return "\(entry.keyType) \(fingerprint) (\(place(of: entry, in: known)))"
        }
        return """
            THE HOST KEY OF \(name) HAS CHANGED: known is \(old.joined(separator: " and ")), now it \
            shows \(text(of: key)); somebody may be in between, or the host was installed anew: only \
            then remove the line (ssh-keygen -R '\(name)')
            """
    }
}
