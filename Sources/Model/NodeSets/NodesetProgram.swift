// SPDX-License-Identifier: Apache-2.0

import HostSets

/// ClusterShell 1.9.1's `nodeset`: words and standard input in, output and exit status out.
package struct NodesetProgram {
    /// Where what the program is told and asked comes from.
    package struct Surroundings {
        /// The standard input, asked for when it is needed.
        package var input: () -> [UInt8]
        /// The group sources of a configuration file, or of the usual ones.
        package var groups: (_ configuration: String?) -> NodeGroups
        /// The axes that are folded by default, from 0; `nil` for all.
        package var foldAxes: [Int]?
        /// A seed for what is drawn at random.
        package var seed: UInt64

        package init(
            input: @escaping () -> [UInt8], groups: @escaping (String?) -> NodeGroups, seed: UInt64
        ) {
            self.input = input
            self.groups = groups
            self.seed = seed
        }
    }

    /// What was written, and how the program ended.
    package private(set) var output: [UInt8] = []
    package private(set) var complaints: [UInt8] = []
    package private(set) var status: Int32 = 0

    private let surroundings: Surroundings
    private var inputIsTaken = false

    /// Runs the program, called by the name `program`.
    package init(_ program: String, _ words: [String], _ surroundings: Surroundings) {
        self.surroundings = surroundings
        do throws(NodesetOptions.Ending) {
            let options = try NodesetOptions(words)
            do throws(NodesetFailure) {
                try run(options)
            } catch {
                throw .failure(error)
            }
        } catch {
            switch error {
            case .help: output += (NodesetHelp.usage(program) + NodesetHelp.options).utf8
            case .version: write("\(program) 1.9.1")
            case .failure(let failure):
                if case .usage = failure { complain(NodesetHelp.usage(program)) }
                complain(failure.line(for: program))
                if case .usage = failure { status = 2 } else { status = 1 }
            }
        }
    }

    private mutating func write(_ text: String) {
        output += text.utf8
        output.append(UInt8(ascii: "\n"))
    }

    private mutating func complain(_ text: String) {
        complaints += text.utf8
        complaints.append(UInt8(ascii: "\n"))
    }

    private mutating func run(_ options: NodesetOptions) throws(NodesetFailure) {
        let groups = surroundings.groups(options.groupsConf)
        try check(options)
        if let source = options.groupSource {
            if !options.quiet, options.rangeSet {
                complain("WARNING: option group source \"\(source)\" ignored")
            }
            try groups.setDefault(source)
        }
        if options.listSources {
            for (index, name) in try groups.names().enumerated() {
                write(name + (index == 0 && !options.quiet ? " (default)" : ""))
            }
            return
        }
        // Shares and `auto` only count when the set is complete.
        var autostep: Int?
        if case .count(let count) = options.autostep { autostep = count }
        if options.rangeSet {
            var work = NodesetWork(
                RangeOperand(autostep: autostep), options, groups, seed: surroundings.seed)
            try finish(&work, options, groups)
        } else {
            var set = NodeOperand(NodeSet(autostep: autostep), groups, autostep: autostep)
            set.nodes.foldAxes = surroundings.foldAxes
            var work = NodesetWork(set, options, groups, seed: surroundings.seed)
            try finish(&work, options, groups)
        }
    }

    private mutating func finish<Operand: NodesetOperand>(
        _ work: inout NodesetWork<Operand>, _ options: NodesetOptions, _ groups: NodeGroups
    ) throws(NodesetFailure) {
        var failure: NodesetFailure?
        do throws(NodesetFailure) {
            try work.gather { [surroundings] in surroundings.input() }
            if options.list > 0 || options.listAll > 0 {
                try work.list()
            } else {
                try work.writeResult()
            }
        } catch {
            failure = error
        }
        output += work.output
        complaints += work.complaints
        if let failure { throw failure }
    }

    private func check(_ options: NodesetOptions) throws(NodesetFailure) {
        let commands = [
            options.count, options.expand, options.fold, options.list > 0, options.listAll > 0,
            options.regroup, options.listSources,
        ]
        switch commands.count(where: { $0 }) {
        case 0: throw .usage("No command specified.")
        case 1: break
        case _: throw .usage("Multiple commands not allowed.")
        }
        if options.all || options.regroup, options.rangeSet {
            throw .usage("-a/-r only supported in NodeSet mode")
        }
        if options.split != nil, options.contiguous {
            throw .usage("incompatible splitting options (split, contiguous)")
        }
        if let axis = options.axis, !axis.isEmpty, !options.fold || options.rangeSet {
            throw .usage("--axis option is only supported when folding nodeset")
        }
    }
}
