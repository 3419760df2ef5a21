// SPDX-License-Identifier: Apache-2.0

/// How a server said no, recognised from what the three known servers say (netkit in.rshd,
/// rsh-redone in.rshd, GNU inetutils rshd; measured).
package enum RcmdRefusal: Hashable, Sendable {
    /// The trust files do not let this user in.
    case permissionDenied(text: String)
    /// A user name is longer than the server takes (netkit: 15 bytes).
    case userNameTooLong(text: String)
    /// The server could not look up our name in time, or at all.
    case nameLookup(text: String)
    /// The server could not make its stderr connection to us: its reserved ports are used up, or a
    /// firewall is in the way.
    case stderrConnection(text: String)
    /// Any other error of the server's own.
    case serverError(text: String)
    /// The first byte was neither 0 nor 1: this is not an rsh server.
    case notRcmd(firstByte: UInt8, text: String)
    /// The connection ended before the server had answered.
    case noAnswer
    /// The server reset the connection before it had answered.
    case resetBeforeAnswer

    /// What rsh-redone's server answers to a refused user, after a 0 byte that says all is well.
    static let redoneRefusal = Array("Authentication failure\n".utf8)

    /// Recognises the text behind a byte 1.
    init(text bytes: [UInt8]) {
        let text = Self.line(bytes)
        let lower = text.lowercased()
        func says(_ part: String) -> Bool { lower.contains(part) }
        if says("permission denied") || says("login incorrect") || says("password incorrect")
            || says("authentication failure") || says("access denied")
        {
            self = .permissionDenied(text: text)
        } else if says("user too long") || says("username too long") {
            self = .userNameTooLong(text: text)
        } else if says("getnameinfo") || says("host name for your address")
            || says("temporary failure in name") || says("couldn't look up")
        {
            self = .nameLookup(text: text)
        } else if says("stderr port") || says("all ports in use") || says("second port") {
            self = .stderrConnection(text: text)
        } else {
            self = .serverError(text: text)
        }
    }

    /// The first line of a server's message; bytes that are not UTF-8 are replaced.
    static func line(_ bytes: [UInt8]) -> String {
        let ends = [UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0]
        return String(decoding: bytes.prefix { !ends.contains($0) }, as: UTF8.self)
    }
}
