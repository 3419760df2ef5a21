// SPDX-License-Identifier: Apache-2.0

import Foundation
import TCPClosing
import Testing

/// With `LASTCALL_WRITE_DOCS=1` in the environment the pages are written instead of compared.
@Suite struct ModelPagesTests {
    private func check(_ name: String, _ renewed: (String) throws -> String) throws {
        let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Docs")
        let file = docs.appending(path: name)
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let wanted = try renewed(text)
        if ProcessInfo.processInfo.environment["LASTCALL_WRITE_DOCS"] != nil {
            try wanted.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(
                text == wanted, "LASTCALL_WRITE_DOCS=1 swift test --filter ModelPages writes it")
        }
    }

    @Test func `hold the transition table`() throws {
        try check("transitions.md") { _ in ModelPages.transitions }
    }

    @Test func `hold the diagram, the numbers and the paths`() throws {
        try check("model.md", ModelPages.renewed)
    }
}
