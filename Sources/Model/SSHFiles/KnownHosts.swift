// SPDX-License-Identifier: Apache-2.0

/// The keys that hosts are known by: known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT),
/// read once and indexed.
///
/// Theory of operation. Plain names are found in a dictionary, lines with patterns one by one.
/// Hashed names have a salt each and cannot be indexed by name; they are found by the key that the
/// server shows: only lines with that very key have their name compared. All of them are compared
/// only for a host whose key no line has, to tell a changed key from an unknown host.
package struct KnownHosts: Sendable {
    /// One line that names a key.
    package struct Entry: Hashable, Sendable {
        /// The file's place in the list of files.
        package var file: Int
        /// The line, from 1.
        package var line: Int
        /// The type of key, as the line says.
        package var keyType: String
        /// The key, in base 64.
        package var key: String

        package init(file: Int, line: Int, keyType: String, key: String) {
            self.file = file
            self.line = line
            self.keyType = keyType
            self.key = key
        }
    }

    /// What is known of a host's key.
    package enum Verdict: Hashable, Sendable {
        /// This line has this key for this host.
        case trusted(Entry)
        /// The host is on no line.
        case unknown
        /// These lines have other keys of the same type for this host, and none has this one.
        case changed([Entry])
        /// The host is known by keys of other types only.
        case otherTypes([Entry])
        /// This line says that the key must not be trusted any more.
        case revoked(Entry)
    }

    enum Marker: UInt8 {
        case none
        case revoked
        case certificateAuthority
    }

    /// A line, in places of `bytes`.
    struct Line {
        var file: Int
        var number: Int
        var marker: Marker
        var names: Range<Int>
        var keyType: Range<Int>
        var key: Range<Int>
    }

    /// A hashed name.
    private struct Hashed {
        var line: Int
        var salt: [UInt8]
        var hash: [UInt8]
    }

    /// The files, in the order in which they are read.
    package let paths: [String]
    /// Lines that could not be read: file and number.
    ///
    /// ssh skips them, too.
    package private(set) var faultyLines: [(file: Int, number: Int)] = []
    /// How many lines name a key.
    package var count: Int { lines.count }

    private var bytes: [UInt8] = []
    private var lines: [Line] = []
    /// Plain names to lines.
    private var plain: [String: [Int]] = [:]
    /// Lines with a pattern among their names.
    private var patterned: [Int] = []
    private var hashed: [Hashed] = []
    /// Hashed lines by their key's text.
    private var hashedByKey: [String: [Int]] = [:]
    /// The few hashed lines of certificate authorities.
    private var hashedAuthorities: [Int] = []

    /// Reads files.
    ///
    /// - Parameter files: paths and contents; those that do not exist are left out or empty.
    package init(_ files: [(path: String, bytes: [UInt8])]) {
        paths = files.map(\.path)
        for (index, file) in files.enumerated() { read(file.bytes, of: index) }
    }

    // MARK: Questions

    /// What is known of this key for this name.
    ///
    /// The type of the key is `ssh-ed25519`, the key is in base 64, the name is what `KnownHostName`
    /// makes of a host and port.
    package func verdict(of keyType: String, _ key: String, for name: String) -> Verdict {
        let direct = linesWithoutHash(of: name)
        let sameKey = (hashedByKey[key] ?? [])
            .filter { matches(hashed[$0], name) }.map { hashed[$0].line }
        var others: [Entry] = []
        var trusted: Entry?
        for index in direct + sameKey {
            let line = lines[index]
            switch line.marker {
            case .certificateAuthority: continue
            case .revoked:
                if isKey(line, key) { return .revoked(entry(line)) }
            case .none:
                if isKey(line, key) {
                    trusted = trusted ?? entry(line)
                } else {
                    others.append(entry(line))
                }
            }
        }
        if let trusted { return .trusted(trusted) }
        others += hashed.filter { lines[$0.line].marker == .none && matches($0, name) }
            .map { entry(lines[$0.line]) }
        guard !others.isEmpty else { return .unknown }
        let sameType = others.filter { $0.keyType == keyType }
        return sameType.isEmpty ? .otherTypes(others) : .changed(sameType)
    }

    /// The types of key a host is known by, as far as can be told without comparing hashed names;
    /// empty when nothing is known.
    package func keyTypes(for name: String) -> [String] {
        var types: [String] = []
        for index in linesWithoutHash(of: name) where lines[index].marker == .none {
            let type = text(lines[index].keyType)
            if !types.contains(type) { types.append(type) }
        }
        return types
    }

    /// Whether the host's key may be signed by a certificate authority of a line.
    package func namesAuthority(for name: String) -> Bool {
        linesWithoutHash(of: name).contains { lines[$0].marker == .certificateAuthority }
            || hashedAuthorities.contains { matches(hashed[$0], name) }
    }

    private func linesWithoutHash(of name: String) -> [Int] {
        let bytes = SSHPattern.lowercased(name.utf8)
        var found = plain[String(decoding: bytes, as: UTF8.self)] ?? []
        for index in patterned {
            let names = self.bytes[lines[index].names].split(separator: UInt8(ascii: ","))
                .map { SSHPattern.lowercased($0)[...] }
            if SSHPattern.list(names, takes: bytes) { found.append(index) }
        }
        return found
    }

    private func matches(_ entry: Hashed, _ name: String) -> Bool {
        SHA1.authentication(of: SSHPattern.lowercased(name.utf8), key: entry.salt) == entry.hash
    }

    private func isKey(_ line: Line, _ key: String) -> Bool {
        bytes[line.key].elementsEqual(key.utf8)
    }

    private func entry(_ line: Line) -> Entry {
        Entry(
            file: line.file, line: line.number, keyType: text(line.keyType), key: text(line.key))
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    // MARK: Reading

    private mutating func read(_ file: [UInt8], of index: Int) {
        let base = bytes.count
        bytes += file
        var start = base
        var number = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            number += 1
            if !readLine(start..<end, file: index, number: number) {
                faultyLines.append((index, number))
            }
            start = end + 1
        }
    }

    /// Takes one line in; `false` when it cannot be read.
    private mutating func readLine(_ range: Range<Int>, file: Int, number: Int) -> Bool {
        var fields = KnownHostFields(bytes[range])
        guard let first = fields.next(), bytes[first.lowerBound] != UInt8(ascii: "#") else {
            return true
        }
        var names = first
        var marker = Marker.none
        if bytes[first.lowerBound] == UInt8(ascii: "@") {
            if bytes[first].elementsEqual("@revoked".utf8) {
                marker = .revoked
            } else if bytes[first].elementsEqual("@cert-authority".utf8) {
                marker = .certificateAuthority
            } else {
                return false
            }
            guard let next = fields.next() else { return false }
            names = next
        }
        guard let keyType = fields.next(), let key = fields.next() else { return false }
        let line = Line(
            file: file, number: number, marker: marker, names: names, keyType: keyType, key: key)
        return add(line)
    }

    private mutating func add(_ line: Line) -> Bool {
        let index = lines.count
        let names = bytes[line.names]
        if names.first == UInt8(ascii: "|") {
            let parts = names.split(separator: UInt8(ascii: "|"))
            guard parts.count == 3, parts[0].elementsEqual([UInt8(ascii: "1")]),
                let salt = Base64.bytes(of: parts[1]), let hash = Base64.bytes(of: parts[2]),
                hash.count == SHA1.length
            else { return false }
            hashedByKey[text(line.key), default: []].append(hashed.count)
            if line.marker == .certificateAuthority { hashedAuthorities.append(hashed.count) }
            hashed.append(Hashed(line: index, salt: salt, hash: hash))
        } else if names.contains(where: {
            $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "!")
        }) {
            patterned.append(index)
        } else {
            for name in names.split(separator: UInt8(ascii: ",")) {
                let text = String(decoding: SSHPattern.lowercased(name), as: UTF8.self)
                plain[text, default: []].append(index)
            }
        }
        lines.append(line)
        return true
    }
}

/// The fields of a line, split at blanks.
struct KnownHostFields {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    mutating func next() -> Range<Int>? {
        while place < bytes.endIndex, Self.isBlank(bytes[place]) { place += 1 }
        let start = place
        while place < bytes.endIndex, !Self.isBlank(bytes[place]) { place += 1 }
        return start < place ? start..<place : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
