// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(30)))
struct `A run killed at any moment` {
    @Test func `is in the journal as its hosts have counted it`() async throws {
        var killed = 0
        for number in 0..<(KilledRun.count ?? 12) {
            var template = Array("\(Lastcall.stateHome)-kill-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            let directory = String(
                decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            let run = KilledRun(
                hosts: (1...24).map { "n\($0)" }, options: ["--via", "exec", "-f", "5"],
                directory: directory,
                command: ["sh", "-c", #"echo ran >>"\#(directory)/count/%h"; sleep 0.0%n"#]
            ) {
                let wait = #"while pgrep -f "echo ran >>.*$1/count/" >/dev/null; do :; done"#
                _ = try await Lastcall.start(
                    ["sh", "-c", wait, "sh", directory], input: [], environment: [:])
            }
            let (wasKilled, faults) = try await run.play(
                killedAfterMilliseconds: Int.random(in: 0..<200))
            #expect(faults == [], "kill \(number)")
            if wasKilled { killed += 1 }
            _ = try await Lastcall.start(["rm", "-rf", directory], input: [], environment: [:])
        }
        #expect(killed > 0, "no kill came in time")
    }
}
