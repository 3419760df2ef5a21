// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// A shell that runs a command line as an rsh server has it run: `SHELL -c LINE`, in a process
/// group of its own, standard input and output one TCP connection.
struct LoginShell: Sendable, CustomTestStringConvertible {
    /// What a command line did.
    struct Result: Equatable {
        var output: [UInt8]
        var error: [UInt8]
        /// As wait(2) has it.
        var waitStatus: Int32

        /// As a shell would say it: 128 + n for death by signal n.
        var status: Int32 {
            waitStatus & 0x7f == 0 ? waitStatus >> 8 & 0xff : 128 + waitStatus & 0x7f
        }

        var outputText: String { String(decoding: output, as: UTF8.self) }
        var errorText: String { String(decoding: error, as: UTF8.self) }
    }

    /// How the client treats the connection once it has sent its input.
    enum Ending {
        /// It keeps its side open, and waits for the end of the output.
        case waits
        /// It says the end of the input by a FIN.
        case shutsDown
        /// It dies: the connection is reset.
        case resets
    }

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    var name: String
    /// The program, and the arguments before `-c`.
    var words: [String]

    var testDescription: String { name }
    /// What the wrapper finds as `$SHELL`.
    var path: String { words[0] }

    static let all =
        ["dash", "bash", "zsh", "mksh", "tcsh"]
        .map { LoginShell(name: $0, words: ["/usr/bin/\($0)"]) }
        + [LoginShell(name: "busybox", words: [Busybox.shell])]

    /// Runs a line.
    func run(
        _ line: [UInt8], input: [UInt8] = [], ending: Ending = .waits,
        path searchPath: String = "/usr/bin:/bin"
    ) throws -> Result {
        let wire = try pair()
        let errorWire = try pair()
        let child = try start(line, wire: wire.remote, error: errorWire.remote, searchPath)
        _ = (close(wire.remote), close(errorWire.remote))
        send(input, on: wire.local)
        switch ending {
        case .waits: break
        case .shutsDown: shutdown(wire.local, Int32(SHUT_WR))
        case .resets:
            reset(wire.local)
        }
        let output = ending == .resets ? [] : readAll(wire.local)
        let remarks = readAll(errorWire.local)
        if ending != .resets { close(wire.local) }
        close(errorWire.local)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return Result(output: output, error: remarks, waitStatus: status)
    }

    private func start(
        _ line: [UInt8], wire: Int32, error: Int32, _ searchPath: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, wire, 0)
        posix_spawn_file_actions_adddup2(&actions, wire, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
        // In a directory of its own: tcsh takes the 2 of `>&2` for the name of a file.
        let enter = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, Busybox.directory]
        var arguments =
            (enter + words + ["-c"]).map { duplicate(Array($0.utf8)) } + [duplicate(line), nil]
        var environment =
            ["SHELL=\(path)", "PATH=\(searchPath)", "HOME=/", "USER=nobody"]
            .map { duplicate(Array($0.utf8)) } + [nil]
        defer { for word in arguments + environment { free(word) } }
        var child = pid_t()
        let code = posix_spawn(&child, enter[0], &actions, &attributes, &arguments, &environment)
        guard code == 0 else { throw Failure(call: "posix_spawn \(words[0])", code: code) }
        return child
    }

    private func duplicate(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        (bytes.map { CChar(bitPattern: $0) } + [0])
            .withUnsafeBufferPointer { $0.baseAddress.map { strdup($0) } ?? nil }
    }

    /// A TCP connection over loopback.
    private func pair() throws -> (local: Int32, remote: Int32) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let (listener, local) = (socket(AF_INET, type, 0), socket(AF_INET, type, 0))
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, $0, &length) == 0 && connect(local, $0, length) == 0
            }
        }
        let remote = connected ? accept(listener, nil, nil) : -1
        guard remote >= 0 else { throw Failure(call: "a loopback connection", code: errno) }
        // Both ends vanish from the children of tests beside this one.
        _ = fcntl(remote, F_SETFD, FD_CLOEXEC)
        return (local, remote)
    }

    private func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger,
            socklen_t(MemoryLayout<Glibc.linger>.size))
        close(descriptor)
    }

    /// Sends all that the other end takes.
    private func send(_ bytes: [UInt8], on descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func readAll(_ descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }
}
