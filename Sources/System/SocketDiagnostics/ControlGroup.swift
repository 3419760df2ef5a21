// SPDX-License-Identifier: Apache-2.0

/// A control group (cgroups(7)), and what usual names of its directories say.
public struct ControlGroup: Hashable, Sendable {
    /// Its path from the root of the hierarchy, `/system.slice/nginx.service` for one.
    public var path: String

    /// Makes one of its path.
    public init(path: String) { self.path = path }

    /// Reads `/proc/PID/cgroup`: the line of cgroup2, or with version 1 that of systemd.
    ///
    /// - Returns: `nil` when neither is there.
    public init?(processFile text: String) {
        let lines = text.split(separator: "\n")
        for prefix in ["0::", ":name=systemd:"] {
            guard let line = lines.first(where: { $0.contains(prefix) }),
                let path = line.split(separator: ":", maxSplits: 2).last, path.hasPrefix("/")
            else { continue }
            self.init(path: String(path))
            return
        }
        return nil
    }

    private var parts: [Substring] { path.split(separator: "/") }

    /// The innermost systemd unit that is no slice: `nginx.service`, `session-3.scope`.
    public var systemdUnit: String? {
        parts.last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") || $0.hasSuffix(".socket") }
            .map(String.init)
    }

    /// The container: the first twelve digits of its number as its engine prints them, or its name.
    ///
    /// Docker, Podman, containerd and CRI-O write `docker-NUMBER.scope`, `libpod-NUMBER.scope`,
    /// `cri-containerd-NUMBER.scope`, `crio-NUMBER.scope` or the number alone; systemd-nspawn
    /// `machine-NAME.scope`; LXC `lxc.payload.NAME`.
    public var container: String? {
        for part in parts.reversed() {
            if part.hasPrefix("lxc.payload.") { return String(part.dropFirst(12)) }
            if part.hasPrefix("machine-"), part.hasSuffix(".scope") {
                return String(part.dropFirst(8).dropLast(6))
            }
            let bare = part.hasSuffix(".scope") ? part.dropLast(6) : part
            let number = bare.split(separator: "-").last ?? ""
            if number.count == 64, number.allSatisfy(\.isHexDigit) {
                return String(number.prefix(12))
            }
        }
        return nil
    }
}
