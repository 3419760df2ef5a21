// SPDX-License-Identifier: Apache-2.0

import ClosingLab
import TCPClosing
import Testing

@Suite struct `The lab's page` {
    /// A page of one layer; kernel and model part in the last order, if it is to differ.
    private func page(
        _ orders: [Order], hasEverything: Bool = false, differs: Bool = false
    ) async throws -> String {
        var report = LabReport(place: try await LabPlace.look())
        var records = orders.map { OrderRecord(order: $0) }
        if differs {
            records[records.count - 1].disagreement = Disagreement(place: 1, text: "A is <gone>")
        }
        report.layers = [
            LayerRecord(
                name: "many", summary: "a < b & c", settings: [:], orders: records,
                duration: .zero)
        ]
        return LabHTML.page(report, hasEverything: hasEverything)
    }

    private static let copies = Exploration(.duplicates(1)).orders()

    @Test func `has an image of each order of a small layer`() async throws {
        let page = try await page(Exploration(.losses(2)).orders())
        #expect(page.ranges(of: "<svg").count == 326)
        // The images share one style sheet.
        #expect(page.ranges(of: "<style>").count == 1)
        #expect(page.contains("many: a &lt; b &amp; c"))
    }

    @Test func `has a time-line of each order of a large layer`() async throws {
        let page = try await page(Self.copies)
        #expect(page.ranges(of: "<pre>").count == 2910)
        for ends in ["1978 that end in CLOSED / CLOSED", "58 that end in CLOSED / TIME-WAIT"] {
            #expect(page.contains("<summary>\(ends)</summary>"))
        }
    }

    @Test func `has the others of a very large layer by name, unless all are asked for`()
        async throws
    {
        let orders = Self.copies + Self.copies
        let cut = try await page(orders)
        #expect(cut.ranges(of: "<pre>").count == 4 * 100)
        #expect(cut.contains("<code>--every-time-line</code>"))
        #expect(cut.contains("\(2 * 1978 - 100) more, by name"))
        let whole = try await page(orders, hasEverything: true)
        #expect(whole.ranges(of: "<pre>").count == 2 * 2910)
        #expect(!whole.contains("--every-time-line"))
    }

    @Test(arguments: [1, 2])
    func `shows a disagreement first, and where it belongs`(times: Int) async throws {
        let orders = Array(repeating: Self.copies, count: times).flatMap(\.self)
        let page = try await page(orders, differs: true)
        #expect(page.contains("<p class=\"differs\">\(orders.count) orders, 1 disagreement</p>"))
        let shown = page.ranges(of: "event 2: A is &lt;gone&gt;")
        #expect(shown.count == 2)
        let name = try #require(orders.last?.name)
        let summary = "<code>\(name)</code> <b class=\"differs\">A is &lt;gone&gt;</b></summary>"
        #expect(page.ranges(of: summary).count == 1)
        let layers = try #require(page.firstRange(of: "Layers of orders")?.lowerBound)
        #expect(shown[0].lowerBound < layers)
        #expect(layers < shown[1].lowerBound)
    }
}
