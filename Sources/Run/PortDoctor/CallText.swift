// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// How a call is told: as one that is asked about, or as one that a program has made.
package enum CallText: Hashable, Sendable {
    /// What would come of it.
    case asked
    /// What came of it, in this process: `server (pid 4711)`.
    case made(by: String, isListen: Bool)

    /// What the answer begins with.
    func answer(_ word: String, _ text: String) -> String {
        switch self {
        case .asked: "\(word): \(text)"
        // That it has failed is no news, and who speaks is.
        case .made: "lastcall: \(text)"
        }
    }

    var fails: String {
        switch self {
        case .asked: "fails"
        case .made: "failed"
        }
    }

    /// `bind() to 0.0.0.0:8080 with SO_REUSEADDR`.
    func bind(_ request: BindRequest) -> String {
        let place = "\(Destination(address: request.address, port: request.port))"
        var options: [String] = []
        if request.reusesAddress { options.append("SO_REUSEADDR") }
        if request.reusesPort { options.append("SO_REUSEPORT") }
        if request.isIPv6Only { options.append("IPV6_V6ONLY") }
        let with = options.isEmpty ? "" : " with \(options.joined(separator: " and "))"
        switch self {
        case .asked: return "bind() to \(place)\(with)"
        case .made(let who, false): return "bind() of \(who) to \(place)\(with)"
        case .made(let who, true): return "listen() of \(who) on \(place)\(with)"
        }
    }

    /// `connect() from port 1010 to 10.0.0.7:514`.
    func connect(to destination: Destination, from source: UInt16?) -> String {
        let from = source.map { " from port \($0)" } ?? ""
        switch self {
        case .asked: return "connect()\(from) to \(destination)"
        case .made(let who, _): return "connect() of \(who)\(from) to \(destination)"
        }
    }
}

/// Errors as programs show them.
enum ErrorText {
    static let addressInUse = "EADDRINUSE (Address already in use)"
    static let addressNotAvailable = "EADDRNOTAVAIL (Cannot assign requested address)"
    static let accessDenied = "EACCES (Permission denied)"
    static let invalid = "EINVAL (Invalid argument)"
    static let refused = "ECONNREFUSED (Connection refused)"
    static let unreachable = "ENETUNREACH (Network is unreachable)"
}
