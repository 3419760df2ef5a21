// SPDX-License-Identifier: Apache-2.0

/// A strict reader of Prometheus' text format, version 0.0.4, as far as gauges and counters go.
enum MetricsFormat {
    /// What is wrong with a text, line by line.
    static func faults(in text: String) -> [String] {
        guard text.hasSuffix("\n") else { return ["the last line has no end"] }
        var faults: [String] = []
        var families: [Substring: Substring] = [:]
        var helped: Substring?
        var current: Substring?
        var series: Set<Substring> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if let help = line.wholeMatch(of: #/# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/#) {
                helped = help.1
                continue
            }
            if let type = line.wholeMatch(of: #/# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (\w+)/#) {
                if helped != type.1 { faults.append("no help: \(line)") }
                if families[type.1] != nil { faults.append("twice: \(line)") }
                // So that OpenMetrics can have it, too: a counter's family has no `_total`.
                let isCounter = type.2 == "counter"
                if !isCounter && type.2 != "gauge" { faults.append("type: \(line)") }
                if isCounter != type.1.hasSuffix("_total") { faults.append("name: \(line)") }
                let family = isCounter ? type.1.dropLast(6) : type.1
                if isCounter, families[family] != nil { faults.append("clash: \(line)") }
                families[type.1] = type.2
                current = type.1
                continue
            }
            let sample = #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^{}]*)\})? (-?[0-9]+(?:\.[0-9]+)?)/#
            guard let sample = line.wholeMatch(of: sample) else {
                faults.append("no sample: \(line)")
                continue
            }
            if sample.1 != current { faults.append("not in its family: \(line)") }
            let name = line.prefix { $0 != " " }
            if !series.insert(name).inserted { faults.append("a series twice: \(line)") }
            for label in (sample.2 ?? "").split(separator: ",", omittingEmptySubsequences: false)
            where sample.2 != nil {
                if label.wholeMatch(of: #/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*"/#) == nil {
                    faults.append("label \(label): \(line)")
                }
            }
        }
        return faults
    }
}
