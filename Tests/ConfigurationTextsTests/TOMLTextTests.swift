// SPDX-License-Identifier: Apache-2.0

import ConfigurationTexts
import Testing

@Suite struct `TOML texts` {
    @Test(arguments: [
        ("", "{}"), ("a = 1\nb = 'x' # c\n", "{a:1 b:'x'}"),
        ("[t]\na = \"\\u00e9\\n\"", "{t:{a:'\u{E9}\n'}}"),
        ("[a.b]\nc = true\n[a]\nd = 1.5", "{a:{b:{c:true} d:1.5}}"),
        ("a.b.c = 0x1F", "{a:{b:{c:31}}}"),
        ("a = [1,\n 2, # c\n]", "{a:[1 2]}"), ("a = {b = 1, \"c d\" = [ ]}", "{a:{b:1 c d:[]}}"),
        ("[[x]]\na = 1\n[[x]]\na = 2\n[x.y]\nb = 3", "{x:[{a:1} {a:2 y:{b:3}}]}"),
        ("a = '''\nx\n'y'''", "{a:'x\n'y'}"), ("a = \"\"\"\\\n   x\"\"\"", "{a:'x'}"),
        ("a = 1_000\n", "{a:1000}"),
    ])
    func `are read`(text: String, value: String) throws {
        #expect(shown(.table(try TOMLText.table(of: text))) == value)
    }

    @Test(arguments: [
        ("a", 1, "'='"), ("a = ", 1, "a value is missing"), ("a = b", 1, "texts stand in quotes"),
        ("a = 1\na = 2", 2, "there already"), ("[t]\n[t]", 2, "there already"),
        ("a = 'x\n'", 1, "never closed"),
        ("a = 1 b", 1, "behind the end"), ("a = 1\n[a.b]", 2, "no table"),
        ("a = 1979-05-27", 1, "no value"),
        ("[a", 1, "']' is missing"), ("a = \"\\q\"", 1, "escape"),
    ])
    func `are refused at their line`(text: String, line: Int, message: String) {
        let fault = #expect(throws: ConfigurationFault.self) { try TOMLText.table(of: text) }
        #expect(fault?.line == line)
        #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "")")
    }

    @Test func `that are nested without end are refused`() {
        let text = "a = " + String(repeating: "[", count: 100_000)
        #expect(throws: ConfigurationFault.self) { try TOMLText.table(of: text) }
    }
}
