// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ClosingLab
import PrivateNetworks

/// `lastcall lab closing`.
struct LabClosingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "closing",
        abstract: "Replay every order in which a connection closes on the live kernel.",
        discussion: """
            Two endpoints with real sockets, in two private networks, and a wire between them that \
            carries one segment at a time. After each event of an order, what the kernel shows at \
            both ends and every segment it sends are compared with the model. Scenes are closings \
            that are no orders of the model: listeners, dying processes, silence.

            Without options all quick layers and scenes are played, which takes half a minute. \
            Nothing outside is touched and nothing is left, also when the lab is killed. Works as \
            root, and as an ordinary user where users may make user namespaces.

            EXIT STATUS
              0  the kernel did everywhere what the model and the scenes say
              1  it did not; the shortest order that shows it is printed
              2  the lab cannot be run here, or the request was wrong
              5  output could not be written in full
            """)

    @Option(
        name: .customLong("layer"),
        help: ArgumentHelp("Replay this layer of orders; may be repeated.", valueName: "name"))
    var layers: [String] = []

    @Option(
        name: .customLong("order"),
        help: ArgumentHelp("Replay this order and print every event.", valueName: "name"))
    var orders: [String] = []

    @Option(
        name: .customLong("scene"),
        help: ArgumentHelp("Play this scene and print every step.", valueName: "name"))
    var scenes: [String] = []

    @Flag(help: "Also what takes minutes: long layers, and timers at their full length.")
    var slow = false

    @Flag(help: "List the layers and the scenes; play nothing.")
    var list = false

    @Option(
        help: ArgumentHelp(
            "Write every order and event to this file, one JSON object a line.", valueName: "file"))
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Write a page with the scenes and every time-line to this file.", valueName: "file"))
    var html: String?

    @Flag(help: "In that page also every time-line of layers with more than 5,000 orders.")
    var everyTimeLine = false

    @Option(
        help: ArgumentHelp(
            "How the wire is tied: tun or packet; what this machine allows, if not given.",
            valueName: "kind"))
    var wire: String?

    @Flag(name: .customLong("ipv6"), help: "Over IPv6 instead of IPv4.")
    var isIPv6 = false

    func run() async throws {
        let choice = try LabChoice(self)
        if list { return try LabOutput.line(LabChoice.list()) }
        let files = try LabFiles(json: json, html: html, hasEverything: everyTimeLine)
        let place = try await LabAccess.place(choice.plan)
        let report = try await choice.play(at: place)
        try files.write(report)
        if !report.agrees { throw ExitCode(1) }
    }
}
