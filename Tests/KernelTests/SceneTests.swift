// SPDX-License-Identifier: Apache-2.0

import ClosingLab
import PrivateNetworks
import Testing

@Suite struct `The scenes` {
    @Test func `show on this kernel what they say`() async throws {
        let scenes = Scene.all.filter { !$0.isSlow }
        let records = try await ScenePlayer.records(of: scenes, width: 12)
        #expect(records.map(\.scene.name) == scenes.map(\.name))
        for record in records where record.outcome != .asExpected {
            Issue.record("\(SceneText.lines(of: record).joined(separator: "\n"))")
        }
    }

    @Test func `show the same over IPv6`() async throws {
        let scenes = Scene.all.filter { !$0.isSlow && [.data, .listeners].contains($0.layer) }
        let plan = NetworkPlan(family: .ipv6)
        for record in try await ScenePlayer.records(of: scenes, plan: plan, width: 12)
        where record.outcome != .asExpected {
            Issue.record("\(SceneText.lines(of: record).joined(separator: "\n"))")
        }
    }

    @Test func `belong to a layer of the model each`() {
        #expect(Set(Scene.all.map(\.layer)) == Set(SceneLayer.allCases))
    }

    @Test func `have names of their own`() {
        #expect(Set(Scene.all.map(\.name)).count == Scene.all.count)
    }
}
