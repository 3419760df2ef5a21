// SPDX-License-Identifier: Apache-2.0

import ClosingLab
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

    @Test func `have names of their own`() {
        #expect(Set(Scene.all.map(\.name)).count == Scene.all.count)
    }
}
