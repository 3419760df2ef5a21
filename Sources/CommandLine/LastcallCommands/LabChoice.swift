// SPDX-License-Identifier: Apache-2.0

import ClosingLab
import PrivateNetworks
import TCPClosing
import TextForms

/// What `lastcall lab closing` was asked to play.
struct LabChoice {
    let layers: [ReplayedLayer]
    let orders: [Order]
    let scenes: [Scene]
    let plan: NetworkPlan
    /// Whether single orders and scenes are printed step by step.
    let isDetailed: Bool

    /// - Throws: `UsageError` with the list of what exists.
    init(_ command: LabClosingCommand) throws {
        let isEverything =
            command.layers.isEmpty && command.orders.isEmpty && command.scenes.isEmpty
        let slow = command.slow
        layers =
            isEverything
            ? ReplayedLayer.all.filter { slow || !$0.isLong }
            : try command.layers.map(Self.layer)
        scenes =
            isEverything
            ? Scene.all.filter { slow || !$0.isSlow }
            : try command.scenes.map { try Self.find($0, "scene", Scene.all, \.name) }
        orders = try command.orders.map(Self.order)
        isDetailed = !isEverything
        let link = try command.wire.map {
            try Self.find($0, "wire", LinkKind.allCases, \.rawValue)
        }
        plan = NetworkPlan(link: link, family: command.isIPv6 ? .ipv6 : .ipv4)
    }

    private static func find<Item>(
        _ name: String, _ option: String, _ items: [Item], _ nameOf: (Item) -> String
    ) throws(UsageError) -> Item {
        guard let item = items.first(where: { nameOf($0) == name }) else {
            let names = items.map(nameOf)
            let list = names.dropLast().map { $0 + "," } + names.suffix(1)
            throw UsageError(
                "--\(option): there is no \(ProgramOutput.quoted(name)); there are\n"
                    + list.wrapped(to: 76).map { "    " + $0 }.joined(separator: "\n"))
        }
        return item
    }

    /// A layer of the list, or one of the model's with another limit: `losses-3`.
    private static func layer(_ name: String) throws(UsageError) -> ReplayedLayer {
        if let layer = ReplayedLayer(named: name) {
            let count = Exploration(layer.layer).census().orders
            guard count <= mostOrders else {
                throw UsageError(
                    "--layer: '\(name)' has \(count) orders, at most \(mostOrders) are replayed")
            }
            return layer
        }
        if Layer(named: name)?.hasTimers == true {
            throw UsageError(
                "--layer: '\(name)' is not replayed, as each of its orders waits for a minute or "
                    + "more; scenes play the timers, see f in --list")
        }
        return try find(name, "layer", ReplayedLayer.all, \.name)
    }

    /// What fits into memory and into an afternoon.
    private static let mostOrders = 100_000

    private static func order(_ name: String) throws(UsageError) -> Order {
        guard !name.isEmpty else { throw UsageError("--order: no order is named") }
        let order: Order
        do throws(OrderNameFault) {
            order = try Order(named: name)
        } catch {
            throw UsageError("--order: \(error.description)")
        }
        if let obstacle = Reenactment.obstacle(to: order) {
            throw UsageError("--order: \(obstacle); see --list for scenes")
        }
        return order
    }

    /// What there is to play.
    static func list() -> String {
        var lines = ["Layers of orders (--layer), by the letters of Docs/model.md:", ""]
        for layer in ReplayedLayer.all {
            // Counting is quicker than making them, and all of the long ones can be replayed.
            let count =
                layer.isLong
                ? Exploration(layer.layer).census().orders : Int(layer.orders().count)
            lines += entry(
                layer.name,
                "(\(layer.letter)) \(count) orders: \(layer.summary)"
                    + (layer.isLong ? " (--slow)" : ""))
        }
        lines += ["", "Scenes (--scene), by the layers they go on with:"]
        for layer in SceneLayer.allCases {
            lines += ["", "\(layer.rawValue): \(layer.title)"]
            for scene in Scene.all where scene.layer == layer {
                lines += entry(scene.name, scene.title + (scene.isSlow ? " (--slow)" : ""))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// A name and what it means, 80 columns wide.
    private static func entry(_ name: String, _ text: String) -> [String] {
        let column = 28
        let prose = text.wrapped(to: 80 - column)
            .map { String(repeating: " ", count: column) + $0 }
        guard name.count <= column - 4 else { return ["  " + name] + prose }
        return ["  " + name.padded(to: column - 2) + prose[0].dropFirst(column)]
            + prose.dropFirst()
    }

    /// Plays it all and prints what is seen.
    func play(at place: LabPlace) async throws -> LabReport {
        var report = LabReport(place: place)
        try LabOutput.line(LabText.heading(place))
        if !layers.isEmpty { try LabOutput.line("\n" + LabText.layersHead) }
        for layer in layers {
            let record = try await layer.record(plan: plan)
            try LabOutput.line(LabText.row(record))
            report.layers.append(record)
        }
        if !orders.isEmpty {
            let record = try await ReplayedLayer.record(of: orders, plan: plan)
            for order in record.orders { try say(RecordText.lines(of: order)) }
            report.layers.append(record)
        }
        if !scenes.isEmpty {
            report.scenes = try await ScenePlayer.records(of: scenes, plan: plan)
            var layer: SceneLayer?
            for record in report.scenes {
                if !isDetailed, layer != record.scene.layer {
                    layer = record.scene.layer
                    try say(LabText.heading(record.scene.layer))
                }
                try say(isDetailed ? SceneText.lines(of: record) : LabText.paragraph(record))
            }
        }
        if orders.isEmpty, let record = report.shortestDisagreement {
            try say(["Kernel and model part:"] + RecordText.lines(of: record))
        }
        for record in report.differences where !isDetailed {
            try say(SceneText.lines(of: record))
        }
        try say([LabText.conclusion(report)])
        return report
    }

    /// Writes lines, after an empty one.
    private func say(_ lines: [String]) throws {
        try LabOutput.line("\n" + lines.joined(separator: "\n"))
    }
}
