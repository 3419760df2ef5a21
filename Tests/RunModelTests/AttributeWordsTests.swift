// SPDX-License-Identifier: Apache-2.0

import RunModel
import Testing

@Suite struct `Words with attributes` {
    @Test func `are filled for each host`() {
        let words = AttributeWords(["echo", "%{rack}/%{unit}-%{rack}", "%h %{", "%%{a}"])
        #expect(words.names == ["rack", "unit", "a"])
        #expect(
            words.words(with: ["rack": "A%", "unit": "7"])
                == ["echo", "A%/7-A%", "%h %{", "%"])
        #expect(words.words(with: ["rack": "A%"], doublingPercents: true)[1] == "A%%/-A%%")
    }
}
