// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ClosingFigures
import TCPClosing
import TextForms

/// `lastcall closing figure`.
struct ClosingFigure: ParsableCommand {
    /// What a figure is made of.
    enum Format: String, EnumerableFlag {
        case text
        case dot
        case svg

        static func help(for value: Format) -> ArgumentHelp? {
            switch value {
            case .text: "Draw with characters, 80 columns wide."
            case .dot: "Write the graph for Graphviz."
            case .svg: "Write an image for a browser."
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "figure",
        abstract: "Draw all ways in which an end can close, or one order of events.",
        discussion: """
            Without --order: every state of one end, from ESTABLISHED on, with the paths that were \
            found in the orders of a layer (any-order, unless --layer names one). With --order: \
            both ends side by side, time downwards, as in RFC 9293, Figures 12 and 13.
            """)

    @Option(
        help: ArgumentHelp("The name of an order, from lastcall closing orders.", valueName: "name")
    )
    var order: String?

    @Flag(exclusivity: .exclusive)
    var format: Format = .text

    @Option(name: .shortAndLong, help: ArgumentHelp("Write to a file.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Which orders") var filter: OrderOptions

    func run() throws {
        try ProgramOutput.write(try drawing(), to: output)
    }

    private func drawing() throws -> String {
        if let order {
            guard !order.isEmpty else { throw UsageError("--order: no order is named") }
            guard filter.isEmpty else {
                throw UsageError("--order draws one order: leave out what chooses among many")
            }
            let line: TimeLine
            do throws(OrderNameFault) {
                line = TimeLine(try OrderFilter.order(named: order))
            } catch {
                throw UsageError(
                    "--order: \(ProgramOutput.quoted(order)): \(SafeText.line(error.description))\n"
                        + "    lastcall closing orders lists names")
            }
            switch format {
            case .text: return line.caption + "\n\n" + TimeLineText.text(line)
            case .dot: return FigureDOT.text(line)
            case .svg: return TimeLineSVG.document(line)
            }
        }
        let filter = try filter.resolved(standard: .anyOrder)
        let orders = filter.orders()
        guard !orders.isEmpty else {
            throw UsageError("no order of layer \(filter.layer.name) is like that")
        }
        let figure = ClosureFigure(orders, of: filter.layer)
        guard figure.isDrawable || format == .dot else {
            throw UsageError(
                "the paths of layer \(filter.layer.name) do not fit into one figure: choose some of "
                    + "its orders, or have Graphviz draw it with --dot")
        }
        switch format {
        case .text: return ClosureText.text(figure)
        case .dot: return FigureDOT.text(figure)
        case .svg: return ClosureSVG.document(figure)
        }
    }
}
