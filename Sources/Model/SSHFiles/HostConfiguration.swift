// SPDX-License-Identifier: Apache-2.0

/// What ssh_config says of one host: the value of each keyword as ssh(1) would use it, before
/// tokens are replaced.
package struct HostConfiguration: Hashable, Sendable {
    /// The words of each keyword, the first that counted.
    package private(set) var values: [String: [String]] = [:]
    /// Keywords that add up: `identityfile`, `certificatefile`, `sendenv`, forwardings.
    package private(set) var lists: [String: [String]] = [:]
    /// What the configuration asks that only ssh(1) can answer (`Match exec`), or that it would
    /// refuse (an unknown condition, a line without a value).
    package private(set) var onlyForOpenSSH: [String] = []

    package init() {}

    /// The only word of a keyword.
    package func first(_ keyword: String) -> String? { values[keyword]?.first }

    /// Whether a keyword says `yes`; `nil` when it says nothing.
    package func flag(_ keyword: String) -> Bool? {
        switch first(keyword)?.lowercased() {
        case "yes", "true": true
        case "no", "false": false
        case _: nil
        }
    }

    /// Takes one directive: the first value of a keyword counts, lists grow.
    mutating func take(_ keyword: String, _ words: [String]) {
        let name = Self.otherNames[keyword] ?? keyword
        if Self.additive.contains(name) {
            lists[name, default: []] +=
                Self.wholeLines.contains(name) ? [words.joined(separator: " ")] : words
        } else if values[name] == nil {
            values[name] = words
        }
    }

    mutating func needsOpenSSH(_ reason: String) {
        if !onlyForOpenSSH.contains(reason) { onlyForOpenSSH.append(reason) }
    }

    /// Keywords of which every line counts.
    private static let additive: Set = [
        "identityfile", "certificatefile", "sendenv", "localforward", "remoteforward",
        "dynamicforward",
    ]
    private static let wholeLines: Set = ["localforward", "remoteforward"]

    /// Names of older versions (readconf.c).
    private static let otherNames = [
        "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms",
        "hostbasedkeytypes": "hostbasedacceptedalgorithms",
        "challengeresponseauthentication": "kbdinteractiveauthentication",
        "skeyauthentication": "kbdinteractiveauthentication",
        "tisauthentication": "kbdinteractiveauthentication",
        "dsaauthentication": "pubkeyauthentication",
        "globalknownhostsfile2": "globalknownhostsfile",
        "userknownhostsfile2": "userknownhostsfile",
        "identityfile2": "identityfile",
        "keepalive": "tcpkeepalive",
    ]
}
