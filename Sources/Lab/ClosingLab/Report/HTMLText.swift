// SPDX-License-Identifier: Apache-2.0

import TextForms

/// Pieces of a page.
enum HTMLText {
    /// Cells of one row.
    static func cells(_ texts: [String], _ tag: String = "td") -> String {
        texts.map { "<\(tag)>\(MarkupText.escaped($0))</\(tag)>" }.joined()
    }

    /// A table; what is too wide for the reader's window can be scrolled to.
    static func table(_ heads: [String], _ rows: [[String]], caption: String = "") -> String {
        let head = heads.isEmpty ? "" : "<tr>" + cells(heads, "th") + "</tr>\n"
        return table(head + rows.map { "<tr>" + cells($0) + "</tr>\n" }.joined(), caption: caption)
    }

    /// A table of rows that are markup already.
    static func table(_ rows: String, caption: String = "") -> String {
        let title = caption.isEmpty ? "" : "<caption>\(MarkupText.escaped(caption))</caption>"
        return "<div class=\"wide\"><table>\(title)\n\(rows)</table></div>\n"
    }

    /// Markup that is shown when it is asked for, under markup that always is.
    static func details(_ summary: String, _ content: String) -> String {
        "<details><summary>\(summary)</summary>\n\(content)</details>\n"
    }

    /// Text as it stands, line by line.
    static func preformatted(_ text: String) -> String {
        "<pre>\(MarkupText.escaped(text))</pre>\n"
    }
}
