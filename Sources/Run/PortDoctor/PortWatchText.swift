// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TextForms

/// What a watch shows at one moment, for a screen or as lines.
package struct PortWatchText {
    private let watch: PortWatch
    private let economy: PortEconomy
    private let counters: PortCounters
    private let elapsed: Duration
    private let interval: Duration
    private let spark: Sparkline
    /// What else the reader must know, such as what only root would see.
    private let notes: [String]

    package init(
        _ watch: PortWatch, _ economy: PortEconomy, counters: PortCounters, elapsed: Duration,
        interval: Duration, spark: Sparkline, notes: [String] = []
    ) {
        self.watch = watch
        self.economy = economy
        self.counters = counters
        self.elapsed = elapsed
        self.interval = interval
        self.spark = spark
        self.notes = notes
    }

    /// The fewest columns in which a trend says something.
    private static let narrowestSpark = 5

    /// A title, a table with its rows, and what they are worth when there is little room.
    private struct Section {
        var head: [String]
        var rows: [String]

        var height: Int { head.count + rows.count }
    }

    /// A page that has no more lines than `rows`, none longer than `columns`.
    package func page(columns: Int, rows: Int) -> [String] {
        let (columns, rows) = (max(1, columns), max(1, rows))
        let head = [title]
        let foot = footLines(columns)
        var sections = [outgoing(columns), closings(columns), incoming(columns)]
        // An empty line above each.
        var room = rows - head.count - (foot.isEmpty ? 0 : foot.count + 1)
        while sections.count > 1, room < sections.reduce(0, { $0 + $1.head.count + 2 }) {
            sections.removeLast()
        }
        room -= sections.reduce(0) { $0 + $1.head.count + 1 }
        let shares = Self.shares(of: room, among: sections.map(\.rows.count))
        var lines = head
        for (section, share) in zip(sections, shares) {
            lines += [""] + section.head
            guard share < section.rows.count else {
                lines += section.rows
                continue
            }
            // The last line of its share says how many have none, where there is room to say it.
            let shown = share > 2 ? share - 1 : share
            lines += section.rows.prefix(shown)
            if shown < share {
                lines.append("  and \(NumberText.grouped(section.rows.count - shown)) more")
            }
        }
        if !foot.isEmpty { lines += [""] + foot }
        return lines.prefix(rows).map { String($0.prefix(columns)) }
    }

    /// Divides lines among sections: what the small ones leave goes to the large ones.
    package static func shares(of room: Int, among wanted: [Int]) -> [Int] {
        var shares = [Int](repeating: 0, count: wanted.count)
        var left = max(0, room)
        while left > 0 {
            let hungry = wanted.indices.filter { shares[$0] < wanted[$0] }
            guard !hungry.isEmpty else { break }
            for index in hungry where left > 0 {
                shares[index] += 1
                left -= 1
            }
        }
        return shares
    }

    private var title: String {
        let range = economy.settings.automaticPorts
        return "lastcall ports  \(DurationText.clock(elapsed)), every "
            + "\(DurationText.short(interval))  "
            + "\(NumberText.grouped(economy.settings.automaticPortCount)) ports for each "
            + "destination (\(range.lowerBound)-\(range.upperBound))"
    }

    private func outgoing(_ columns: Int) -> Section {
        guard !economy.outgoing.isEmpty else {
            return Section(head: ["Outgoing"], rows: ["  no connection"])
        }
        var lines = outgoingTable(leavingOut: [])
        for count in 1...Column.dispensable.count where (lines.first?.count ?? 0) > columns {
            lines = outgoingTable(leavingOut: Set(Column.dispensable.prefix(count)))
        }
        let width = lines.first?.count ?? 0
        let room = min(PortWatch.longestTrend, columns - width - 2)
        guard room >= Self.narrowestSpark else {
            return Section(head: [lines[0]], rows: Array(lines.dropFirst()))
        }
        let rows = zip(lines.dropFirst(), economy.outgoing)
            .map { line, use in line + "  " + spark.text(trend(of: use).opened, width: room) }
        let title = "new/s, so far"
        return Section(head: [lines[0] + (room < title.count ? "" : "  " + title)], rows: rows)
    }

    private enum Column: String, CaseIterable {
        case open
        case closing
        case timeWait = "TIME-WAIT"
        case free
        case bears = "bears/s"
        case new = "new/s"
        case out = "out in"

        /// Those a narrow terminal can do without, the least needed first.
        static let dispensable: [Column] = [.closing, .bears, .open, .timeWait]
    }

    private func outgoingTable(leavingOut gone: Set<Column>) -> [String] {
        let columns = Column.allCases.filter { !gone.contains($0) }
        var table = ColumnText(["to"] + columns.map(\.rawValue))
        for use in economy.outgoing {
            table.add(
                ["\(use.destination)"]
                    + columns.map { column in
                        switch column {
                        case .open: NumberText.grouped(use.count.open)
                        case .closing: NumberText.grouped(use.count.closing + use.count.closeWait)
                        case .timeWait: NumberText.grouped(use.count.timeWait)
                        case .free: NumberText.grouped(use.freePorts)
                        case .bears: NumberText.rate(use.sustainableRate)
                        case .new: NumberText.rate(trend(of: use).latest)
                        case .out: exhaustion(of: use) ?? "-"
                        }
                    })
        }
        return table.lines(width: .max)
    }

    private func incoming(_ columns: Int) -> Section {
        guard !economy.incoming.isEmpty else {
            return Section(head: ["Incoming"], rows: ["  no connection"])
        }
        var table = ColumnText([
            "at port", "open", "closing", "CLOSE-WAIT", "TIME-WAIT", "new/s",
        ])
        for use in economy.incoming {
            table.add([
                "\(use.localPort)", NumberText.grouped(use.count.open),
                NumberText.grouped(use.count.closing), NumberText.grouped(use.count.closeWait),
                NumberText.grouped(use.count.timeWait),
                NumberText.rate(watch.trend(of: .service(use.localPort)).latest),
            ])
        }
        let lines = table.lines(width: .max)
        return Section(head: [lines[0]], rows: Array(lines.dropFirst()))
    }

    private func closings(_ columns: Int) -> Section {
        guard !watch.closings.isEmpty else {
            return Section(head: ["Who closed first"], rows: ["  no connection has ended yet"])
        }
        let lines = closingTable.lines(width: .max)
        return Section(head: [lines[0]], rows: Array(lines.dropFirst()))
    }

    private var closingTable: ColumnText {
        var table = ColumnText(["who closed first", "here", "other end"])
        for record in watch.closings {
            table.add([
                "\(Self.name(of: record.owner)) \(record.place)",
                NumberText.grouped(record.here), NumberText.grouped(record.there),
            ])
        }
        return table
    }

    /// The owner in words, in ASCII: the columns of other characters are not known.
    package static func name(of owner: PortWatch.Owner) -> String {
        let text =
            switch owner {
            case .program(let name, let unit?): "\(name) (\(unit))"
            case .program(let name, nil): name
            case .unit(let unit): unit
            case .user(let number): "user \(number)"
            case .unseen: "not seen in time"
            }
        return String(SafeText.line(text).map { $0.isASCII ? $0 : "?" })
    }

    private func trend(of use: PortEconomy.Outgoing) -> PortWatch.Trend {
        watch.trend(of: .destination(use.destination))
    }

    private func exhaustion(of use: PortEconomy.Outgoing) -> String? {
        guard use.freePorts > 0 else { return "NOW" }
        return watch.exhaustion(of: use).map(DurationText.short)
    }

    private func footLines(_ columns: Int) -> [String] {
        var lines = [
            "TIME-WAIT: \(NumberText.grouped(economy.total.timeWait)) of at most "
                + "\(NumberText.grouped(economy.settings.timeWaitLimit)), "
                + "\(NumberText.bytes(economy.recordBytes)) for all sockets"
        ]
        if counters.overflowed > 0 {
            lines.append("\(NumberText.grouped(counters.overflowed)) skipped TIME-WAIT: too many")
        }
        if watch.hasLostEnds { lines.append("Ends came too fast: who closed first is too low.") }
        return lines + notes
    }
}

extension PortWatchText {
    /// A line per destination, for a file or a pipe.
    package func lines(limit: Int) -> String {
        let time = DurationText.clock(elapsed)
        guard !economy.outgoing.isEmpty else { return "\(time) no outgoing connection\n" }
        var text = ""
        for use in economy.outgoing.prefix(limit) {
            text += "\(time) \(use.destination) open \(use.count.open)"
            text += " closing \(use.count.closing + use.count.closeWait)"
            text += " TIME-WAIT \(use.count.timeWait) free \(use.freePorts)"
            text += " new/s \(PortsJSON.decimal(trend(of: use).latest))"
            text += exhaustion(of: use).map { " out in \($0)\n" } ?? "\n"
        }
        let rest = economy.outgoing.count - limit
        return text + (rest > 0 ? "\(time) and \(rest) more\n" : "")
    }

    /// Who closed first since the watch began, and what is not known.
    package func closingSummary(width: Int, limit: Int) -> String {
        guard !watch.closings.isEmpty else {
            return (["No connection ended."] + notes).joined(separator: "\n") + "\n"
        }
        let lines = closingTable.lines(width: width)
        var text = lines.prefix(1 + limit).joined(separator: "\n") + "\n"
        if watch.closings.count > limit {
            text += "  and \(NumberText.grouped(watch.closings.count - limit)) more\n"
        }
        if watch.hasLostEnds {
            text += "Ends came too fast for this program: the numbers are too low.\n"
        }
        for note in notes { text += note + "\n" }
        return text
    }
}
