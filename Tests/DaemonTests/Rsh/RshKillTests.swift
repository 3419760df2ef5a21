// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import Testing

extension `lastcall run over real rsh servers` {
    @Suite struct `A run that is killed` {
        @Test func `is in the journal as its hosts have counted it`() async throws {
            var killed = 0
            for number in 0..<min(KilledRun.count ?? 6, 80) {
                let directory = "\(RshLab.share)/kill-\(getpid())-\(number)"
                mkdir(directory, 0o755)
                let run = KilledRun(
                    hosts: (1...24).map { "10.20.15.\($0)" }, options: ["--via", "rsh", "-f", "5"],
                    directory: directory,
                    command: ["echo ran >>\(directory)/count/$(/etc/lab/host)"]
                ) {
                    // A server that has the request may start the command after we are gone.
                    let servers = try await RshLab.hasEnded("15", with: "^in.rshd")
                    let commands = try await RshLab.hasEnded("15", with: directory)
                    #expect(servers && commands)
                }
                let (wasKilled, faults) = try await run.play(
                    killedAfterMilliseconds: Int.random(in: 0..<400))
                #expect(faults == [], "kill \(number)")
                if wasKilled { killed += 1 }
                _ = try await Lastcall.start(["rm", "-rf", directory], input: [], environment: [:])
            }
            #expect(killed > 0, "no kill came in time")
        }
    }
}
