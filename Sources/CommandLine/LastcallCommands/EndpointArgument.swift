// SPDX-License-Identifier: Apache-2.0

/// An address and a port as a person writes them: `8080`, `:8080`, `*:8080`, `127.0.0.1:8080`,
/// `[::1]:8080`, `db:5432`.
struct EndpointArgument: Hashable, Sendable {
    /// The host as written, without brackets; `nil` for every address.
    var host: String?
    /// 1...65535.
    var port: UInt16
    /// The text it was made from.
    var text: String

    /// Reads a text; the error says what is wrong with it.
    init(parsing text: String) throws(UsageError) {
        self.text = text
        func fault(_ what: String) -> UsageError {
            UsageError(
                "\(ProgramOutput.quoted(text)): \(what): write 8080, 127.0.0.1:8080, [::1]:8080 or "
                    + "db:8080")
        }
        let portText: Substring
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw fault("'[' is never closed") }
            let rest = text[text.index(after: close)...]
            guard rest.hasPrefix(":") else { throw fault("no port behind the address") }
            host = String(text[text.index(after: text.startIndex)..<close])
            portText = rest.dropFirst()
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            switch parts.count {
            case 1:
                host = nil
                portText = parts[0]
            case 2:
                host = parts[0].isEmpty || parts[0] == "*" ? nil : String(parts[0])
                portText = parts[1]
            case _: throw fault("an IPv6 address needs brackets")
            }
        }
        if let host, host.isEmpty { throw fault("the address is empty") }
        guard let port = UInt16(portText), port > 0 else {
            throw fault("'\(ProgramOutput.safe(portText))' is no port from 1 to 65535")
        }
        self.port = port
    }
}
