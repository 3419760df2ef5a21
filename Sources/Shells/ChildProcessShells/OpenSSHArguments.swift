// SPDX-License-Identifier: Apache-2.0

package import HostSets

/// The arguments of one ssh(1) process.
///
/// ```
/// ssh [-o LogLevel=DEBUG1 -E log] -T -o BatchMode=yes [-o ConnectTimeout=n] [-l user] [-p port]
///     [options of the user…] -- host command…
/// ```
///
/// `--` stands before the host, so neither the host nor a word of the command is ever read as an
/// option. ssh(1) takes the first value it sees of an option: what stands here wins over the user's
/// options, and those over the user's configuration, which applies in all else. ssh(1) joins the
/// words of the command with blanks and the remote login shell reads the result.
package struct OpenSSHArguments: Hashable, Sendable {
    /// Further options for every host, as the user gave them: `-F file`, `-o Name=value`, `-J hop`.
    package var options: [String]
    /// How long ssh(1) may take to connect and greet; rounded up to whole seconds, at least one.
    package var connectTimeout: Duration?
    /// Where ssh(1) writes what it has to say, instead of on standard error.
    package var logPath: String?

    package init(
        options: [String] = [], connectTimeout: Duration? = nil, logPath: String? = nil
    ) {
        self.options = options
        self.connectTimeout = connectTimeout
        self.logPath = logPath
    }

    /// The arguments after the program's name; the host's own user and port go before the run's.
    package func words(for host: Host, defaultUser: String?, command: [String]) -> [String] {
        var words: [String] = []
        if let logPath { words += ["-o", "LogLevel=DEBUG1", "-E", logPath] }
        words += ["-T", "-o", "BatchMode=yes"]
        if let connectTimeout {
            words += ["-o", "ConnectTimeout=\(Self.wholeSeconds(connectTimeout))"]
        }
        if let user = host.user ?? defaultUser { words += ["-l", user] }
        if let port = host.port { words += ["-p", String(port)] }
        return words + options + ["--", host.name.text] + command
    }

    private static func wholeSeconds(_ duration: Duration) -> Int64 {
        let parts = duration.components
        return max(1, parts.seconds + (parts.attoseconds > 0 ? 1 : 0))
    }
}
