// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// The messages of ssh(1) that mean that it failed itself, and what they mean.
///
/// From OpenSSH 9.2's sources (ssh.c, sshconnect.c, sshconnect2.c, packet.c, kex.c, readconf.c,
/// mux.c, misc.c) and strerror(3). A row matches where its text stands anywhere in a line; the
/// first row that matches counts.
package enum OpenSSHFailure {
    package static let table: [(text: String, kind: HostFailure.Kind)] = [
        ("Control socket", .localResources),
        ("ControlPath", .localResources),
        ("ControlSocket", .localResources),
        ("Could not resolve hostname", .nameResolution),
        ("Name or service not known", .nameResolution),
        ("Connection refused", .connectionRefused),
        ("No route to host", .unreachable),
        ("Network is unreachable", .unreachable),
        ("Host is down", .unreachable),
        ("timed out", .noAnswer),
        ("Timeout, server ", .noAnswer),
        ("Cannot assign requested address", .localPorts),
        ("Permission denied (", .permissionDenied),
        ("Too many authentication failures", .permissionDenied),
        ("No more authentication methods", .permissionDenied),
        ("Host key verification failed", .protocolError),
        ("Host key for ", .protocolError),
        ("no matching host key", .protocolError),
        ("Unable to negotiate with", .protocolError),
        ("Protocol major versions differ", .protocolError),
        ("Bad remote protocol version", .protocolError),
        ("Bad packet length", .protocolError),
        ("message authentication code incorrect", .protocolError),
        ("exec request failed", .protocolError),
        ("kex_exchange_identification:", .connectionLost),
        ("ssh_exchange_identification:", .connectionLost),
        ("Connection closed by", .connectionLost),
        ("closed by remote host", .connectionLost),
        ("Connection reset", .connectionLost),
        ("Received disconnect from", .connectionLost),
        ("Disconnected from", .connectionLost),
        ("Broken pipe", .connectionLost),
        ("Control master terminated unexpectedly", .connectionLost),
        ("Bad owner or permissions", .localResources),
        ("Bad configuration option", .localResources),
        ("bad configuration options", .localResources),
        ("unsupported option", .localResources),
        ("Can't open user config file", .localResources),
        ("Couldn't open logfile", .localResources),
        ("Cannot execute command-line and remote command", .localResources),
        ("Too many open files", .localResources),
        ("Cannot allocate memory", .localResources),
    ]

    /// The first line that is a failure of ssh(1), and its kind.
    package static func first(in lines: [String]) -> HostFailure? {
        for line in lines {
            if let row = table.first(where: { line.contains($0.text) }) {
                return HostFailure(row.kind, line)
            }
        }
        return nil
    }
}
