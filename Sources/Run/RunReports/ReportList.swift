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
        hand(event, from: 0, into: &page)
    }

    package mutating func drain(into page: inout Page) -> Bool {
        guard let (event, place) = current else { return false }
        if reports[place].drain(into: &page) { return true }
        current = nil
        hand(event, from: place + 1, into: &page)
        return !page.isEmpty || current != nil
    }

    /// Hands the event to the reporters from `start` on, as far as each has written it whole.
    private mutating func hand(_ event: RunEvent, from start: Int, into page: inout Page) {
        for place in start..<reports.count {
            reports[place].receive(event, into: &page)
            if reports[place].drain(into: &page) {
                current = (event, place)
                return
            }
        }
    }

    package mutating func timePassed(to time: Duration, into page: inout Page) {
        for place in reports.indices { reports[place].timePassed(to: time, into: &page) }
    }
}
