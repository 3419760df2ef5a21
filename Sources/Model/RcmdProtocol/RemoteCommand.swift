// SPDX-License-Identifier: Apache-2.0

/// The command line sent to an rsh server: the user's command, wrapped so that its exit status
/// comes back and its standard input is what we say.
///
/// The server hands the line to the user's login shell with `-c`. There are three wrappers, each
/// right in dash, bash, zsh, mksh, busybox sh and tcsh (tested against each):
///
/// - *As it is*, for a command that no shell can take for more than one program with arguments, and
///   that cannot end the shell: `COMMAND </dev/null;printf ...`. See `SimpleCommand`. It costs the
///   host no process but the command's own.
/// - *In a subshell of the login shell*, for a command that stands within single quotes as it is:
///   `(eval 'COMMAND') </dev/null;printf ... $?status=$status`. Where Bourne's shells have the
///   status in `$?`, csh's have it in `$status` and read `$?status` as "is it set": 1. It costs the
///   host one process.
/// - *Under /bin/sh*, for all others: bytes that shells treat differently in single quotes (`'`,
///   `!`, `\`, newline) travel in octal, and the login shell runs the command in a process of its
///   own (`$SHELL -c`), so that `kill $$` ends the command and not the wrapper. It costs two starts
///   of a shell more.
///
/// Either way `exit 3` and `exec false` end the command and not the wrapper.
package struct RemoteCommand: Hashable, Sendable {
    /// Where the command's standard input comes from.
    package enum Input: Hashable, Sendable {
        /// `/dev/null`.
        case none
        /// Exactly so many bytes, sent behind the command. The remote end needs `head -c`.
        ///
        /// No FIN of ours ends the input, so that the remote end still closes first.
        case bytes(Int)
        /// Pieces, each announced by its length on a line of its own; a 0 ends the input.
        case pieces
    }

    /// The longest line a server can run: one argument of 128 KiB, less its NUL (Linux
    /// `MAX_ARG_STRLEN`; netkit and inetutils servers, measured).
    package static let lengthLimit = 131_071
    /// The longest line rsh-redone's server takes (measured; it resets the connection on more).
    package static let redoneLengthLimit = 1023

    /// The line, without the NUL that ends it on the wire.
    package let line: [UInt8]

    /// Wraps a command.
    package init(_ command: String, input: Input, marker: StatusMarker) {
        let isPlain = command.utf8.allSatisfy(Self.isPlain)
        if isPlain, input == .none, !Self.concernsItsShell(command) {
            let report = #"printf '\036"# + marker.nonce + #":%s\036' $?status=$status"#
            let run = SimpleCommand.isSimple(command) ? command : "(eval '\(command)')"
            line = Array("\(run) </dev/null;\(report)".utf8)
        } else {
            line = Self.underSh(command, isPlain: isPlain, input: input, marker: marker)
        }
    }

    private static func underSh(
        _ command: String, isPlain: Bool, input: Input, marker: StatusMarker
    ) -> [UInt8] {
        let text = isPlain ? #""$0""# : #""`printf "$0"`""#
        // In a subshell: dash redirects in itself, not in the child, where `exec` is missing.
        let run = #"exec "${SHELL:-/bin/sh}" -c "# + text + " 2>&3 3>&-"
        let report = #"printf "\036"# + marker.nonce + #":%d\036" $?"#
        let script: String
        switch input {
        case .none: script = "(\(run) </dev/null);\(report)"
        case .bytes(let count):
            script =
                "{ head -c \(count)||\(killUnlessUnread);}|\(drain)|{ (\(run));\(report);}"
        case .pieces: script = "\(pieceReader)|\(drain)|{ (\(run));\(report);}"
        }
        // Standard error of the wrapper itself goes nowhere: shells remark there on the death of
        // their children ("Killed"), which a plain rsh would not show.
        return Array("exec /bin/sh -c 'exec 3>&2 2>/dev/null;\(script)' '".utf8)
            + (isPlain ? Array(command.utf8) : printfFormat(for: command)) + [UInt8(ascii: "'")]
    }

    /// Whether the command may act on its own shell, which must then not be the wrapper: by `$$`,
    /// or because a shell takes a leading `-` for options.
    private static func concernsItsShell(_ command: String) -> Bool {
        command.contains("$$") || command.hasPrefix("-")
    }

    /// Whether every login shell takes the byte for itself within single quotes.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "!"), UInt8(ascii: "\\"): false
        case 0x20...0x7e: true
        case _: false
        }
    }

    /// Reading the input failed: when the command has stopped reading (SIGPIPE, 141) that is its
    /// right; else the connection is gone, and the command must not take half of its input for all.
    private static let killUnlessUnread = "[ $? -gt 128 ]||kill -9 0"

    /// Takes what the command leaves unread: a socket that is closed with unread input sends RST,
    /// and the exit status may then still wait to be sent (Nagle's algorithm), and is lost.
    private static let drain = "{ cat;cat >/dev/null;}"

    /// Reads announced pieces.
    ///
    /// Some `head`s read further than they are told to (busybox: buffered); there dd(1), byte by
    /// byte, is slow but right.
    private static let pieceReader =
        "{ if [ x`printf ab|{ head -c 1 >/dev/null;cat;}` = xb ];"
        + "then g(){ head -c $1;};else g(){ dd bs=1 count=$1;};fi;"
        + "while read n;do [ $n -gt 0 ]||exit 0;g $n||{ \(killUnlessUnread);exit;};done;kill -9 0;}"

    /// A text that printf(1), given it as its format, prints as these bytes.
    ///
    /// Octal stands for all that quoting could harm. A leading `-` would be read as an option.
    private static func printfFormat(for command: String) -> [UInt8] {
        var format: [UInt8] = []
        for (index, byte) in command.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "%"): format += [byte, byte]
            case UInt8(ascii: "-") where index == 0: format += octal(byte)
            case _ where isPlain(byte): format.append(byte)
            case _: format += octal(byte)
            }
        }
        return format
    }

    private static func octal(_ byte: UInt8) -> [UInt8] {
        let zero = UInt8(ascii: "0")
        return [UInt8(ascii: "\\"), zero + byte >> 6, zero + (byte >> 3 & 7), zero + (byte & 7)]
    }
}
