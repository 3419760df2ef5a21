// SPDX-License-Identifier: Apache-2.0

package import RunModel

/// Several reporters of one run, each event in their order.
///
/// What an earlier reporter has to write for an event is written whole before a later one hears of
/// it: the summary comes after the last gathered group.
package struct ReportList: Reporter {
    private var reports: [any Reporter]
    /// The event on its way, and the reporter that has it.
    private var current: (event: RunEvent, place: Int)?

    package init(_ reports: [any Reporter]) { self.reports = reports }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        precondition(current == nil, "the last event has not been drained")
        guard !reports.isEmpty else { return }
        current = (event, 0)
        reports[0].receive(event, into: &page)
    }

    package mutating func drain(into page: inout Page) -> Bool {
        while let (event, place) = current {
            if reports[place].drain(into: &page) { return true }
            guard place + 1 < reports.count else { break }
            current = (event, place + 1)
            reports[place + 1].receive(event, into: &page)
            if !page.isEmpty { return true }
        }
        current = nil
        return false
    }

    package mutating func timePassed(to time: Duration, into page: inout Page) {
        for place in reports.indices { reports[place].timePassed(to: time, into: &page) }
    }
}
