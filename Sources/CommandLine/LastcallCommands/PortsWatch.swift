// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import PortDoctor
import SocketDiagnostics
import SystemPackage

/// `lastcall ports --watch`: the loop that asks the kernel, tells `PortWatch`, and shows.
///
/// One thread waits for the kernel's messages about sockets that end, for signals and for keys, and
/// between them takes samples. What samples and searches for owners cost decides how often they are
/// taken: each may have a tenth of one processor.
struct PortsWatch {
    /// What to show, and until when.
    struct Request: Sendable {
        enum Form: Sendable {
            case screen
            case lines
            case json
        }

        var form: Form
        var interval: Duration
        var count: Int?
        var time: Duration?
        /// How many destinations have a line.
        var limit: Int
    }

    private enum Wake {
        case go
        case redraw
        case stop
    }

    private let request: Request
    private let start = ContinuousClock.now
    private let signals: SignalPipe
    private let screen = TerminalScreen()
    private var ends: SocketEnds
    private var diagnostics: SocketDiagnostics
    private var watch: PortWatch
    private var latest: PortSurvey?
    private var looks = 0
    private var nextSample = Duration.zero
    private var nextSearch = Duration.zero
    private var nextLook = Duration.zero
    /// What cannot be seen of the programs, in sentences.
    private var hidden: Set<String> = []
    private var readsKeys: Bool

    /// Processes that have had connections, the latest first: where an owner is looked for at once.
    private var familiar: [Int32] = []

    private static let shortestPause = Duration.milliseconds(10)
    private static let mostFamiliar = 32

    /// Opens what is needed, in the namespace this thread is in.
    init(_ request: Request) throws {
        self.request = request
        let onScreen = [SignalPipe.resized, SignalPipe.suspended]
        signals = try SignalPipe(Signals.stopping + (request.form == .screen ? onScreen : []))
        // Before the first sample, so that no end is missed.
        ends = try SocketEnds()
        diagnostics = try SocketDiagnostics()
        watch = PortWatch(settings: PortSurvey.settings, at: .zero)
        readsKeys = request.form == .screen && TerminalScreen.hasKeys
    }

    /// Watches until asked to stop.
    ///
    /// - Returns: the last look.
    mutating func run() throws -> PortEconomy? {
        defer { screen.hide() }
        if request.form == .screen { try screen.show() }
        try look()
        if request.form == .screen { try show() }
        nextLook = request.interval
        loop: while !isOver {
            if now >= nextLook {
                try look()
                looks += 1
                try show()
                nextLook = max(nextLook + request.interval, now)
            } else if now >= nextSample {
                try takeSample()
            }
            switch try wait() {
            case .go: break
            case .redraw: try show()
            case .stop: break loop
            }
        }
        screen.hide()
        switch request.form {
        case .screen, .lines:
            let width = StandardDescriptors.terminalWidth(.standardOutput) ?? 80
            try ProgramOutput.write(text.closingSummary(width: width, limit: request.limit))
        case .json: break
        }
        return latest?.economy
    }

    private var now: Duration { ContinuousClock.now - start }

    private var isOver: Bool {
        if let count = request.count, looks >= count { return true }
        // The look that is due at the end is taken.
        return request.time.map { now >= $0 && nextLook > $0 } ?? false
    }
}

extension PortsWatch {
    /// Looks at the whole table, after whatever has ended until now has been told.
    private mutating func look() throws {
        try takeSample()
        for group in watch.unnamedGroups { watch.named(group, ControlGroup(number: group)) }
        let look = try diagnostics.reduceSockets(
            matching: SocketQuery(family: nil), into: watch.look(settings: PortSurvey.settings)
        ) { $0.add($1) }
        let survey = PortSurvey(economy: look.tally.economy(), counters: PortSurvey.counters)
        watch.looked(look, survey.economy, at: now)
        latest = survey
    }

    private mutating func takeSample() throws {
        let began = now
        try fetchEnds()
        let query = SocketQuery(family: nil, states: PortWatch.sampledStates)
        watch.sampled(try diagnostics.sockets(matching: query))
        // What has ended meanwhile is in the sample, or has been told by now.
        try fetchEnds()
        let familiarOnes = SocketOwners(ofInodes: watch.unsearchedInodes, among: familiar)
        take(familiarOnes, of: Set(familiarOnes.holders.keys))
        let sampled = now
        nextSample = sampled + max(Self.shortestPause, (sampled - began) * 9)
        let inodes = watch.unsearchedInodes
        guard !inodes.isEmpty, sampled >= nextSearch else { return }
        let owners = SocketOwners(ofInodes: inodes)
        take(owners, of: inodes)
        if !owners.hiddenUsers.isEmpty {
            hidden.insert("Programs of other users are hidden: root sees them.")
        }
        if !owners.seesEveryProcess {
            hidden.insert("Programs outside of this pid namespace are hidden.")
        }
        nextSearch = now + max(Self.shortestPause, (now - sampled) * 9)
    }

    private mutating func take(_ owners: SocketOwners, of inodes: Set<UInt32>) {
        watch.found(owners, of: inodes)
        let processes = Set(owners.holders.values.joined().map(\.process.number))
        familiar = processes.sorted() + familiar.filter { !processes.contains($0) }
        familiar.removeLast(max(0, familiar.count - Self.mostFamiliar))
    }

    private mutating func fetchEnds() throws {
        var ended: [SocketSnapshot] = []
        let someWereLost = try ends.fetch { ended.append($0) }
        for socket in ended { watch.ended(socket) }
        if someWereLost { watch.endsWereLost() }
    }

    /// Waits for what comes next, and takes it.
    private mutating func wait() throws -> Wake {
        let until = min(nextLook, nextSample, request.time ?? nextLook)
        let descriptors =
            [signals.descriptor, ends.descriptor]
            + (readsKeys ? [FileDescriptor.standardInput.rawValue] : [])
        let ready = Readiness.wait(for: descriptors, atMost: until - now)
        if ready.contains(1) { try fetchEnds() }
        if ready.contains(2) {
            let keys = TerminalScreen.keys()
            if keys.isEmpty { readsKeys = false }
            if keys.contains(UInt8(ascii: "q")) { return .stop }
        }
        var wake = Wake.go
        while ready.contains(0), let signal = signals.next() {
            switch signal {
            case SignalPipe.resized: wake = .redraw
            case SignalPipe.suspended:
                screen.hide()
                SignalPipe.suspend()
                try screen.show()
                wake = .redraw
            case _: return .stop
            }
        }
        return wake
    }
}

extension PortsWatch {
    private var text: PortWatchText {
        PortWatchText(
            watch, latest?.economy ?? PortEconomy(of: [], settings: PortSettings()),
            counters: latest?.counters ?? PortCounters(), elapsed: now,
            interval: request.interval, spark: Self.isUTF8 ? .blocks : .plain,
            notes: hidden.sorted())
    }

    private func show() throws {
        switch request.form {
        case .screen:
            let size = screen.size
            try screen.draw(text.page(columns: size.columns, rows: size.rows))
        case .lines: try ProgramOutput.write(text.lines(limit: request.limit))
        case .json:
            guard let latest else { return }
            let line = PortWatchJSON.line(
                watch, latest.economy, counters: latest.counters, elapsed: now,
                programsAreHidden: !hidden.isEmpty)
            try ProgramOutput.write(String(decoding: line, as: UTF8.self))
        }
    }

    /// Whether the terminal shows more than ASCII (locale(7)).
    private static var isUTF8: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy
            .compactMap(ThisProcess.environment).first { !$0.isEmpty }
        let name = (locale ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }
}
