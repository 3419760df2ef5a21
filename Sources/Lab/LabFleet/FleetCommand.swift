// SPDX-License-Identifier: Apache-2.0

/// What a command of the fleet's hosts does.
///
/// All of them are built in; others are not found, as by a shell.
enum FleetCommand: Hashable {
    case write([UInt8])
    /// So many bytes of `ProducedBytes`.
    case produce(Int)
    case sleep(Duration)
    /// Copies its input.
    case copy
    case finish(Int)
    /// Sets the status and goes on.
    case status(Int)
    case kill(String)
    /// A shell of its own with another script.
    case script(FleetScript)
    case complain(String, status: Int)

    /// What these words do; `hostname` prints the host.
    init(_ words: [String], on host: String) {
        var words = words[...]
        if words.first == "exec" || words.first == "command" { words = words.dropFirst() }
        let name = words.first ?? ":"
        let arguments = Array(words.dropFirst())
        switch name {
        case "echo": self = Self.echo(arguments)
        case "printf": self = .write(Self.formatted(arguments))
        case "hostname": self = .write(Array("\(host)\n".utf8))
        case "bytes": self = Self.number(name, arguments) { .produce($0) }
        case "sleep": self = Self.sleep(arguments)
        case "cat": self = .copy
        case "exit":
            self =
                arguments.isEmpty
                ? .finish(0) : Self.number(name, arguments) { .finish($0 & 255) }
        case "true", ":", "cd", "export", "umask": self = .status(0)
        case "false": self = .status(1)
        case "kill": self = Self.kill(arguments)
        default: self = Self.shell(name, arguments)
        }
    }

    private static func echo(_ arguments: [String]) -> FleetCommand {
        let text =
            arguments.first == "-n"
            ? arguments.dropFirst().joined(separator: " ")
            : arguments.joined(separator: " ") + "\n"
        return .write(Array(text.utf8))
    }

    private static func number(
        _ name: String, _ arguments: [String], _ make: (Int) -> FleetCommand
    ) -> FleetCommand {
        guard let number = arguments.first.flatMap({ Int($0) }), number >= 0 else {
            return .complain("\(name): it takes a number", status: 2)
        }
        return make(number)
    }

    private static func sleep(_ arguments: [String]) -> FleetCommand {
        guard let seconds = arguments.first.flatMap({ Double($0) }), seconds >= 0 else {
            return .complain("sleep: it takes seconds", status: 1)
        }
        return .sleep(.milliseconds(Int64(min(seconds, 1e9) * 1000)))
    }

    private static func kill(_ arguments: [String]) -> FleetCommand {
        let signal =
            arguments.count == 1 ? "TERM" : arguments.first.flatMap { FleetSignal.name(of: $0) }
        guard let signal, arguments.last == "$$" else {
            return .complain("kill: $$ only, by a signal that ssh has a name for", status: 1)
        }
        return .kill(signal)
    }

    /// Tools wrap commands in a shell: `sh -c '...'`, `$SHELL -c '...'`.
    private static func shell(_ name: String, _ arguments: [String]) -> FleetCommand {
        let base = name.split(separator: "/").last.map(String.init) ?? name
        let shells = ["sh", "bash", "dash", "zsh", "$SHELL"]
        if shells.contains(base), arguments.count >= 2, arguments[0] == "-c" {
            return .script(FleetScript(arguments[1]))
        }
        return .complain("\(name): not found", status: 127)
    }

    /// What printf(1) makes of `%s`, `%d`, `%%` and backslashes.
    private static func formatted(_ arguments: [String]) -> [UInt8] {
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13,
            UInt8(ascii: "\\"): 92,
        ]
        let format = Array((arguments.first ?? "").utf8)
        var values = arguments.dropFirst()
        var bytes: [UInt8] = []
        repeat {
            let before = values.count
            var index = 0
            while index < format.count {
                let next = index + 1 < format.count ? format[index + 1] : nil
                if format[index] == UInt8(ascii: "\\"), let next, let escape = escapes[next] {
                    bytes.append(escape)
                    index += 2
                } else if format[index] == UInt8(ascii: "%"), let next {
                    switch next {
                    case UInt8(ascii: "s"), UInt8(ascii: "d"):
                        bytes += values.popFirst().map { Array($0.utf8) } ?? []
                    case UInt8(ascii: "%"): bytes.append(next)
                    default: bytes += [format[index], next]
                    }
                    index += 2
                } else {
                    bytes.append(format[index])
                    index += 1
                }
            }
            // As long as it uses up values it is used again.
            if values.count == before { break }
        } while !values.isEmpty
        return bytes
    }
}
