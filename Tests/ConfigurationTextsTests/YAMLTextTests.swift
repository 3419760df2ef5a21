// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import Testing

/// A value in a form that is easy to compare.
func shown(_ value: ConfigurationValue) -> String {
    switch value {
    case .nothing: "~"
    case .list(let items): "[" + items.map(shown).joined(separator: " ") + "]"
    case .table(let table):
        "{" + table.pairs.map { $0.name + ":" + shown($0.value) }.joined(separator: " ") + "}"
    case .text(let text): "'" + text + "'"
    case .integer, .number, .boolean: value.text ?? ""
    }
}

@Suite struct `YAML texts` {
    @Test(arguments: [
        ("", "~"), ("---\na: 1\n", "{a:1}"),
        ("a:\n  b: x\n  c: 'y'\nd: \"z\\n\"", "{a:{b:'x' c:'y'} d:'z\n'}"),
        ("a:\n- 1\n- b\n", "{a:[1 'b']}"),
        ("a:\n  - x: 1\n    y: 2\n  - z\n", "{a:[{x:1 y:2} 'z']}"),
        ("a: [1, 'b,c', {d: e}]  # c", "{a:[1 'b,c' {d:'e'}]}"),
        ("a: b # c\n# d\n\ne: 'f # g'", "{a:'b' e:'f # g'}"),
        ("a: b\n   c\nd: '@x,\n  y'", "{a:'b c' d:'@x, y'}"), ("a:\nb: ~", "{a:~ b:~}"),
        ("- - a\n  - b\n- c", "[['a' 'b'] 'c']"), ("'a b': true\n\"c\": 1.5", "{a b:true c:1.5}"),
        ("a: 'it''s'", "{a:'it's'}"), ("a: n[1-3]", "{a:'n[1-3]'}"), ("a: 010", "{a:'010'}"),
        ("a:\n    -\n      b: 1", "{a:[{b:1}]}"), ("a: http://x:1", "{a:'http://x:1'}"),
        ("{a: [x, y], b: ''}", "{a:['x' 'y'] b:''}"),
    ])
    func `are read`(text: String, value: String) throws {
        #expect(shown(try YAMLText.value(of: text)) == value)
    }

    @Test(arguments: [
        ("a: &x b", 1, "'&'"), ("a: b\nc: |\n  d", 2, "'|'"), ("a: [b", 1, "is missing"),
        ("a: 'b", 1, "never closed"), ("a:\n\tb: c", 2, "tab"),
        ("a: b\nc", 2, "':'"), ("a: b\n---\nc: d", 2, "second document"),
        ("  a: b\nc: d", 2, "further out"),
    ])
    func `that hold more than is supported are refused at their line`(
        text: String, line: Int, message: String
    ) {
        let fault = #expect(throws: ConfigurationFault.self) { try YAMLText.value(of: text) }
        #expect(fault?.line == line)
        #expect(fault?.message.contains(message) == true)
    }

    @Test func `that are nested without end are refused`() {
        for text in [
            String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000) + "a",
        ] {
            #expect(throws: ConfigurationFault.self) { try YAMLText.value(of: text) }
        }
    }
}
