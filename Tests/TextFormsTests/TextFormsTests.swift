// SPDX-License-Identifier: Apache-2.0

import Testing
import TextForms

@Suite struct `Text of unknown origin` {
    static let harmful: [(bytes: [UInt8], safe: String)] = [
        ([0x1b, 0x5b, 0x32, 0x4a], "\\x1b[2J"), ([0x0d], "\\x0d"), ([0x7f], "\\x7f"),
        (Array("a\u{9b}b".utf8), "a\\u009bb"), (Array("\u{202e}exe".utf8), "\\u202eexe"),
        ([0xff, 0xfe], "\\xff\\xfe"), ([0xc3, 0x28], "\\xc3("), ([0xe6, 0x9d], "\\xe6\\x9d"),
        (Array("grüße 東京\t🙂\n".utf8), "grüße 東京\t🙂\n"), ([], ""),
    ]

    @Test(arguments: harmful)
    func `commands no terminal, wherever its bytes are cut`(bytes: [UInt8], safe: String) {
        for cut in 0...bytes.count {
            var pass = SafeText()
            var text: [UInt8] = []
            pass.append(bytes[..<cut], to: &text)
            pass.append(bytes[cut...], to: &text)
            pass.finish(to: &text)
            #expect(String(decoding: text, as: UTF8.self) == safe)
        }
    }

    @Test func `is one line within a message`() {
        #expect(SafeText.line("a\nb\u{1b}[0m\n") == "a\\x0ab\\x1b[0m\\x0a")
    }

    @Test func `is one line of JSON`() {
        var object = JSONText()
        object.member("text", "a\"b\\c\n\t\u{1b}\u{2028}\u{202e}ü")
        object.member("number", 7)
        object.member("on", true)
        object.member("words", ["x", "y\n"])
        var inner = JSONText()
        inner.member("n", number: "1.5")
        object.member("objects", [inner, JSONText()])
        object.member("pairs", [["a", "b"], []])
        object.member("nothing", orNull: nil)
        #expect(
            String(decoding: object.line(), as: UTF8.self) == #"""
                {"text":"a\"b\\c\n\t\u001b\u2028\u202eü","number":7,"on":true,"words":["x","y\n"],"objects":[{"n":1.5},{}],"pairs":[["a","b"],[]],"nothing":null}

                """#)
    }
}

@Suite struct `Prose` {
    @Test func `is broken between words, within a width where they fit`() {
        #expect("a bc  def".wrapped(to: 4) == ["a bc", "def"])
        #expect("a bc def".wrapped(to: 1) == ["a", "bc", "def"])
        #expect("  ".wrapped(to: 4) == [])
        #expect(["a b", "c"].wrapped(to: 3) == ["a b", "c"])
        #expect(["a b", "c"].wrapped(to: 5) == ["a b c"])
    }

    @Test func `begins no markup`() {
        #expect(MarkupText.escaped("a<b> & \"c\"") == "a&lt;b&gt; &amp; \"c\"")
    }
}

@Suite struct `A duration as text` {
    static let short: [(Duration, String)] = [
        (.zero, "0.00 s"), (.seconds(-1), "0.00 s"), (.milliseconds(9_999), "9.99 s"),
        (.seconds(10), "10.0 s"), (.milliseconds(59_999), "59.9 s"), (.seconds(60), "1 min 00 s"),
        (.seconds(3_599), "59 min 59 s"), (.seconds(7_620), "2 h 07 min"),
    ]

    @Test(arguments: short)
    func `is cut off, never rounded up`(duration: Duration, text: String) {
        #expect(DurationText.short(duration) == text)
    }
}
