// SPDX-License-Identifier: Apache-2.0

import HostSets
import Simulation
import Testing

@Suite struct SimulatedRunTests {
    private let host: Host

    init() throws { host = Host(name: try HostName("host")) }

    /// Runs one world; what it breaks is reported with all it takes to see it again.
    private func check(_ seed: Int, hosts: Int) async {
        let world = SimulatedRun(seed: Seed(UInt64(seed)), targets: hosts)
        let report = await world.run(host: host)
        if !report.faults.isEmpty {
            Issue.record(
                """
                \(report.faults.prefix(5).joined(separator: "\n"))
                in \(world)
                LASTCALL_SIMULATION_FIRST_SEED=\(seed) LASTCALL_SIMULATION_SEEDS=1 \
                LASTCALL_SIMULATION_HOSTS=\(hosts)
                """)
        }
    }

    private static let shares = 4

    @Test(arguments: 0..<shares)
    func `whatever hosts and people do, the window stays full and every host is accounted for`(
        share: Int
    ) async {
        let seeds = SimulationScale.firstSeed..<SimulationScale.firstSeed + SimulationScale.seeds
        for seed in seeds where seed % Self.shares == share {
            await check(seed, hosts: SimulationScale.hosts)
        }
    }

    @Test(arguments: [1_000_001, 1_000_002]) func `a hundred thousand hosts are accounted for`(
        seed: Int
    ) async {
        await check(seed, hosts: 100_000)
    }

    @Test(arguments: 0..<20) func `small runs are accounted for`(hosts: Int) async {
        for seed in 2_000_000..<2_000_040 { await check(seed, hosts: hosts) }
    }

    @Test(arguments: 0..<10) func `the same seed gives the same events in the same order`(
        seed: Int
    ) async {
        let world = SimulatedRun(seed: Seed(UInt64(seed)), targets: 500)
        let first = await world.run(host: host)
        let second = await world.run(host: host)
        #expect(first.digest == second.digest)
        #expect(first.summary == second.summary)
        #expect(first.events == second.events)
    }

    @Test func `other seeds give other events`() async {
        var digests: Set<UInt64> = []
        for seed in 0..<20 as Range<UInt64> {
            digests.insert(
                await SimulatedRun(seed: Seed(seed), targets: 100).run(host: host).digest)
        }
        #expect(digests.count == 20)
    }
}
