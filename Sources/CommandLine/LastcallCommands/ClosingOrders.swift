// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ClosingFigures
import TCPClosing

/// `lastcall closing orders`.
struct ClosingOrders: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders",
        abstract: "List the orders of events in which two ends can close.",
        discussion: """
            The name of an order lists its events: a (A closes), a1 (the first segment that A sent \
            arrives), xa1 (it is lost), ra (A sends again). An order and its mirror image are two.
            """)

    @OptionGroup(title: "Which orders") var filter: OrderOptions

    @Flag(help: "List the layers: how much may happen in an order.")
    var layers = false

    @Flag(help: "Print one JSON object per order, on a line of its own.")
    var json = false

    func run() throws {
        if layers { return try ProgramOutput.write(OrderFilter.layerList()) }
        let filter = try filter.resolved()
        try ProgramOutput.write(json ? OrderList.json(filter) : OrderList.text(filter))
    }
}

/// Which orders are meant.
struct OrderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What may happen: in-order, any-order, losses-2, ... (lastcall closing orders --layers).",
            valueName: "name"))
    var layer: String?

    @Option(
        help: ArgumentHelp("Only those in which this end closes first: a or b.", valueName: "end"))
    var first: String?

    @Flag(inversion: .prefixedNo, help: "Only those in which the FINs cross, or do not.")
    var crossing: Bool?

    @Option(help: ArgumentHelp("Only those that lose so many segments.", valueName: "number"))
    var lost: Int?

    @Option(
        help: ArgumentHelp(
            "Only those after which TIME-WAIT is kept by a, b, both or nobody.", valueName: "who"))
    var keeps: String?

    @Option(
        help: ArgumentHelp(
            "Only those in which A closes by this policy: reset-after-end, remote-first, local-first.",
            valueName: "policy"))
    var policy: String?

    /// Whether nothing is asked for.
    var isEmpty: Bool {
        layer == nil && first == nil && crossing == nil && lost == nil && keeps == nil
            && policy == nil
    }

    /// The filter; its layer is the smallest that has what is asked for.
    func resolved(standard: Layer = .inOrder) throws -> OrderFilter {
        var filter = OrderFilter()
        filter.layer =
            try layer.map(Self.layer) ?? (lost.map { $0 > 0 ? .losses($0) : standard } ?? standard)
        filter.first = try first.map {
            try Self.choice($0, of: "--first") { ConnectionEnd(rawValue: $0.uppercased()) }
        }
        filter.crossing = crossing
        filter.losses = lost
        filter.keeper = try keeps.map {
            try Self.choice($0, of: "--keeps") { OrderFilter.Keeper(rawValue: $0.lowercased()) }
        }
        filter.policy = try policy.map {
            try Self.choice($0, of: "--policy") { ClosingPolicy(rawValue: $0) }
        }
        if let lost, lost < 0 || lost > 9 {
            throw UsageError("--lost: \(lost) is out of range: write 0 to 9")
        }
        let count = filter.countInLayer
        guard count <= OrderFilter.most else {
            throw UsageError(
                "layer \(filter.layer.name) has \(count) orders, too many to list; any of them can be "
                    + "drawn by its name: lastcall closing figure --order NAME")
        }
        return filter
    }

    private static func layer(_ name: String) throws(UsageError) -> Layer {
        if let layer = Layer(named: name) { return layer }
        throw UsageError(
            "--layer: \(ProgramOutput.quoted(name)) is no layer: write one of\n"
                + OrderFilter.layerList().withoutLastLineFeed)
    }

    private static func choice<Value: CaseIterable & RawRepresentable<String>>(
        _ text: String, of option: String, _ make: (String) -> Value?
    ) throws(UsageError) -> Value {
        if let value = make(text) { return value }
        let names = Value.allCases.map { $0.rawValue.lowercased() }.joined(separator: ", ")
        throw UsageError("\(option): \(ProgramOutput.quoted(text)) is none of \(names)")
    }
}

extension String {
    var withoutLastLineFeed: String { hasSuffix("\n") ? String(dropLast()) : self }
}
