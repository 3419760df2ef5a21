// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import Testing

@Suite struct `INI texts` {
    @Test func `hold options in sections, and values over several lines`() throws {
        var text = INIText()
        try text.read("# c\n[A]\nKey: x\n  y\n; c\nother = a=b\n\n[b,c]\nmap: $X: z\n", from: "f")
        #expect(text["A"] == ["key": "x\ny", "other": "a=b"])
        #expect(text["b,c"] == ["map": "$X: z"])
        try text.read("[A]\nkey: later\n", from: "g")
        #expect(text["A"]?["key"] == "later")
    }

    @Test(arguments: [
        ("x: 1", "File contains no section headers."), ("[a]\n[a]", "section 'a' already exists"),
        ("[a]\nx: 1\nx: 2", "option 'x' in section 'a' already exists"),
        ("[a]\nnonsense", "Source contains parsing errors: 'f'\n\t[line  2]: 'nonsense\\n'"),
    ])
    func `are refused in the words of the original parser`(text: String, message: String) {
        var ini = INIText()
        let fault = #expect(throws: INIText.Fault.self) { try ini.read(text, from: "f") }
        #expect(fault?.message.contains(message) == true)
    }
}
