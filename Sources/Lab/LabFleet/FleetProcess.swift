// SPDX-License-Identifier: Apache-2.0

/// A command that runs on a host of the fleet: a machine without a process.
///
/// What it has written waits in `output` until it has been taken; then it goes on.
package struct FleetProcess: Hashable {
    /// How a command ends.
    package enum Ending: Hashable {
        case exited(Int)
        case signalled(String)
    }

    private enum Activity: Hashable {
        case stepping
        case sleeping(until: ContinuousClock.Instant)
        case producing(left: Int, from: Int)
        case copying
    }

    /// The most that is held of its input.
    static let inputLimit = 262_144
    private static let longestOutput = 32_768

    private let host: String
    /// What is left to do: of the shell, and of the shells within it.
    private var scripts: [ArraySlice<FleetScript.Command>]
    private var activity = Activity.stepping
    private var status = 0
    private var input: [UInt8] = []
    private var inputEnded = false

    package private(set) var output: [UInt8] = []
    private(set) var outputStart = 0
    package private(set) var isStandardError = false
    private var endingReached: Ending?

    package init(_ line: String, on host: String) {
        self.host = host
        scripts = [FleetScript(line).commands[...]]
    }

    /// How it has ended, once all its output is taken.
    package var ending: Ending? { output.isEmpty ? endingReached : nil }

    /// When it is to go on by itself.
    package var deadline: ContinuousClock.Instant? {
        if case .sleeping(let instant) = activity, endingReached == nil { instant } else { nil }
    }

    /// How many bytes of input it would take now.
    var inputRoom: Int { Self.inputLimit - input.count }

    package mutating func received(_ bytes: some Sequence<UInt8>) {
        // What nobody reads any more is thrown away.
        if endingReached == nil { input.append(contentsOf: bytes) }
    }

    package mutating func inputHasEnded() { inputEnded = true }

    /// So many bytes of the output are on their way.
    package mutating func took(_ count: Int) {
        outputStart += count
        if outputStart == output.count { (output, outputStart) = ([], 0) }
    }

    package mutating func signalled(_ name: String) {
        guard endingReached == nil else { return }
        endingReached = .signalled(name)
        (output, outputStart) = ([], 0)
    }

    /// Goes on until it has output, waits, or has ended.
    package mutating func advance(at now: ContinuousClock.Instant) {
        while output.isEmpty, endingReached == nil {
            switch activity {
            case .stepping: step(at: now)
            case .sleeping(let instant):
                guard instant <= now else { return }
                finish(0)
            case .producing(let left, let position):
                let count = min(left, Self.longestOutput)
                if count == 0 {
                    finish(0)
                } else {
                    output = ProducedBytes.bytes(position..<position + count)
                    activity = .producing(left: left - count, from: position + count)
                }
            case .copying:
                if !input.isEmpty {
                    (output, input) = (input, [])
                } else if inputEnded {
                    finish(0)
                } else {
                    return
                }
            }
        }
    }

    private mutating func finish(_ status: Int) {
        self.status = status
        activity = .stepping
    }

    private mutating func step(at now: ContinuousClock.Instant) {
        guard let next = scripts[scripts.count - 1].popFirst() else {
            scripts.removeLast()
            if scripts.isEmpty { endingReached = .exited(status) }
            return
        }
        switch (next.condition, status == 0) {
        case (.afterSuccess, false), (.afterFailure, true): return
        case (.always, _), (.afterSuccess, true), (.afterFailure, false): break
        }
        isStandardError = next.goesToStandardError
        switch FleetCommand(next.words, on: host) {
        case .write(let bytes):
            output = bytes
            status = 0
        case .produce(let count): activity = .producing(left: count, from: 0)
        case .sleep(let time): activity = .sleeping(until: now + time)
        case .copy: activity = .copying
        case .finish(let code): endShell(code)
        case .status(let code): status = code
        case .kill(let name): endingReached = .signalled(name)
        case .script(let script): scripts.append(script.commands[...])
        case .complain(let text, let code):
            isStandardError = true
            output = Array("\(text)\n".utf8)
            status = code
        }
    }

    /// `exit` ends the shell that runs it.
    private mutating func endShell(_ code: Int) {
        status = code
        scripts.removeLast()
        if scripts.isEmpty { endingReached = .exited(code) }
    }
}

/// The bytes that `bytes N` writes: lines of 64, all alike, so that each byte tells where it belongs.
package enum ProducedBytes {
    private static let line = Array(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.\n".utf8)
    private static let page: [UInt8] = (0..<1024).flatMap { _ in line }

    /// A part of them.
    package static func bytes(_ range: Range<Int>) -> [UInt8] {
        let start = range.lowerBound % line.count
        guard start + range.count <= page.count else { return range.map { line[$0 % line.count] } }
        return Array(page[start..<start + range.count])
    }
}
