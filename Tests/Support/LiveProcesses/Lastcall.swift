// SPDX-License-Identifier: Apache-2.0

import Glibc
import Subprocess
import SystemPackage

/// The built program, and other programs, as a person starts them.
package enum Lastcall {
    /// Where the program is: `LASTCALL_BINARY`, else beside the bundle of tests.
    package static let path: String = {
        if let path = getenv("LASTCALL_BINARY") { return String(cString: path) }
        return FilePath(bundleDirectory).appending("lastcall").description
    }()

    /// The directory of the running bundle of tests.
    private static let bundleDirectory: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
        let bundle = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return FilePath(bundle).removingLastComponent().description
    }()

    /// Runs `lastcall` with these arguments, does something meanwhile, and waits for its end.
    ///
    /// Without `input` its standard input stays open for `body` to write. A variable of
    /// `environment` that is `nil` is taken away. Output that is not kept is counted.
    @discardableResult
    package static func run(
        _ arguments: [String], input: [UInt8]? = [], environment: [String: String?] = [:],
        keepsOutput: Bool = true, _ body: (LiveProcess) async throws -> Void = { _ in }
    ) async throws -> ProcessResult {
        try await start(
            [path] + arguments, input: input, environment: environment, keepsOutput: keepsOutput,
            body)
    }

    /// Where the programs that tests start keep their state, so that nobody's own is touched.
    package static let stateHome = "\(bundleDirectory)/test-state"

    /// Runs a script of sh(1) that finds the program in `$LASTCALL` and the arguments in `$@`.
    @discardableResult
    package static func shell(
        _ script: String, _ arguments: [String] = [], input: [UInt8]? = [],
        _ body: (LiveProcess) async throws -> Void = { _ in }
    ) async throws -> ProcessResult {
        try await start(
            ["/bin/sh", "-c", script, "sh"] + arguments, input: input,
            environment: ["LASTCALL": path], keepsOutput: true, body)
    }

    /// Runs a program that is found by its path, or by its name along `PATH`.
    package static func start(
        _ words: [String], input: [UInt8]?, environment: [String: String?],
        keepsOutput: Bool = true, _ body: (LiveProcess) async throws -> Void = { _ in }
    ) async throws -> ProcessResult {
        let environment = environment.merging(["XDG_STATE_HOME": stateHome]) { given, _ in given }
        let variables = environment.map { (Environment.Key(stringLiteral: $0), $1) }
        let result = try await Subprocess.run(
            words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .inherit.updating(Dictionary(variables) { first, _ in first }),
            input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
            let process = LiveProcess(
                pid: execution.processIdentifier.value, writer: execution.standardInputWriter,
                keepsOutput: keepsOutput)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { process.ended() }
                    for try await bytes in execution.standardOutput {
                        process.received(bytes, on: .output)
                    }
                }
                group.addTask {
                    defer { process.ended() }
                    for try await bytes in execution.standardError {
                        process.received(bytes, on: .error)
                    }
                }
                if let input {
                    group.addTask {
                        if !input.isEmpty { await process.write(input) }
                        await process.endInput()
                    }
                }
                do {
                    try await body(process)
                } catch {
                    // The test has failed; do not wait for what may never end.
                    process.signal(SIGKILL)
                    throw error
                }
                try await group.waitForAll()
                return process
            }
        }
        let process = result.closureResult
        let (status, wasKilled) =
            switch result.terminationStatus {
            case .exited(let code): (code, false)
            case .signaled(let signal): (128 + signal, true)
            }
        return ProcessResult(
            status: status, wasKilled: wasKilled, outputBytes: process.bytes(.output),
            outputCount: process.outputCount, errorBytes: process.bytes(.error),
            peakMemory: process.peakMemory)
    }
}
