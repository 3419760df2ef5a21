// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// What the page "Multi-rsh and TCP port closing" says on how connections close, sentence by
/// sentence as far as a kernel can answer.
package enum PageSentence: String, Sendable, CaseIterable {
    case firstCloser = "S2"
    case lengthOfTimeWait = "S3"
    case crossing = "S4"
    case listener = "S5"
    case death = "S6"
    case closedInput = "S14"
    case silence = "S16"

    /// What it says, in short.
    package var text: String {
        switch self {
        case .firstCloser:
            "whoever initiates closure has TIME-WAIT, needed if the last ACK is lost or stray "
                + "packets arrive; the other side has not"
        case .lengthOfTimeWait:
            "TIME-WAIT ties up the port for one to four minutes, differently per system"
        case .crossing: "if both FINs cross, both ends pass through TIME-WAIT"
        case .listener:
            "a listener closed with pending connections goes through FIN-WAIT-1 and TIME-WAIT; the "
                + "race between select() and close() cannot be closed"
        case .death:
            "an application that dies with a connection active or pending ties up the port"
        case .closedInput: "closing the input of rsh makes its end close first"
        case .silence:
            "if the remote dies or the network fails, the port is tied up until each state times "
                + "out"
        }
    }
}

/// A closing that is no order of the model's layers, played on the kernel step by step.
package struct Scene: Sendable {
    /// What today's kernel makes of the page.
    package enum Verdict: String, Sendable {
        /// It still does what the page says.
        case holds = "true"
        /// It does something else.
        case changed = "changed"
        /// The page does not speak of it: what Linux was seen to do stands for that.
        case unmentioned = "-"
    }

    /// A word for command lines.
    package let name: String
    /// What is done.
    package let title: String
    /// What the kernel does, if every step shows what it should.
    package let finding: String
    /// The sentence of the page.
    package let sentence: PageSentence?
    /// What the finding makes of the sentence.
    package let verdict: Verdict
    /// Whether it waits for a timer at its full length.
    package let isSlow: Bool
    /// What happens, and what must be seen.
    package let steps: [SceneStep]
    /// How often it is tried: more than once where this process has to be quicker than a timer of
    /// the kernel, and may not get the processor in time.
    package private(set) var attempts = 1
    /// The layer it belongs to.
    package private(set) var layer = SceneLayer.closing

    init(
        _ name: String, _ title: String, finds finding: String,
        _ sentence: PageSentence?, _ verdict: Verdict, isSlow: Bool = false, _ steps: [SceneStep]
    ) {
        self.name = name
        self.title = title
        self.finding = finding
        self.sentence = sentence
        self.verdict = verdict
        self.isSlow = isSlow
        self.steps = steps
    }

    init(
        _ name: String, _ title: String, finds finding: String, isSlow: Bool = false,
        _ steps: [SceneStep]
    ) {
        self.init(name, title, finds: finding, nil, .unmentioned, isSlow: isSlow, steps)
    }

    /// What was said before this kernel was asked: by the page, or by what Linux did when the scene
    /// was written.
    package var statement: String {
        sentence.map { "the page, \($0.rawValue): \($0.text)" }
            ?? "Linux 6.18, measured: \(finding)"
    }

    /// The scene, to be tried so often.
    func tried(_ attempts: Int) -> Scene {
        var scene = self
        scene.attempts = attempts
        return scene
    }

    /// Every scene, layer by layer.
    package static let all: [Scene] = {
        let groups: [(SceneLayer, [Scene])] = [
            (.closing, ordinary), (.data, halfCloses + resets + processes),
            (.duplicates, timeWait), (.timers, silence + finWait2 + established),
            (.reconnection, takeover), (.listeners, listeners + draining),
        ]
        return groups.flatMap { layer, scenes in
            scenes.map { scene in
                var scene = scene
                scene.layer = layer
                return scene
            }
        }
    }()
}

/// What was seen of a scene.
package struct SceneRecord: Sendable {
    /// How it ended.
    package enum Outcome: Hashable, Sendable {
        /// Every step showed what it should.
        case asExpected
        /// The last row shows something else; the text says what.
        case differs(String)
        /// This kernel or this user cannot play it; the text says why.
        case notPlayed(String)
    }

    /// One step.
    package struct Row: Sendable {
        /// What happened or was looked at.
        package let text: String
        /// Since the scene began.
        package let time: Duration
        /// What both ends showed of the first connection afterwards.
        package let kernel: [ConnectionEnd: EndShown]
        /// The segments that moved or appeared.
        package let segments: [String]
    }

    /// The scene.
    package let scene: Scene
    /// Its steps, as far as they went.
    package var rows: [Row] = []
    /// How it ended.
    package var outcome: Outcome = .asExpected
    /// How long it took.
    package var duration: Duration = .zero
}
