// SPDX-License-Identifier: Apache-2.0

/// Text as the content of an element of HTML or SVG.
package enum MarkupText {
    /// The text with every sign that would begin markup spelled out.
    ///
    /// Not for the values of attributes: quotation marks stay as they are.
    package static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case _: escaped.append(character)
            }
        }
        return escaped
    }
}
