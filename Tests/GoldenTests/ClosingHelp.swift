// SPDX-License-Identifier: Apache-2.0

/// The help of `lastcall closing` at 80 columns.
enum ClosingHelp {
    /// What chooses among many orders, wherever there are many.
    private static let choosing = #"""
        WHICH ORDERS:
          --layer <name>          What may happen: in-order, any-order, losses-2, ...
                                  (lastcall closing orders --layers).
          --first <end>           Only those in which this end closes first: a or b.
          --crossing/--no-crossing
                                  Only those in which the FINs cross, or do not.
          --lost <number>         Only those that lose so many segments.
          --keeps <who>           Only those after which TIME-WAIT is kept by a, b,
                                  both or nobody.
          --policy <policy>       Only those in which A closes by this policy:
                                  reset-after-end, remote-first, local-first.
        """#

    static let closing = #"""
        OVERVIEW: How TCP connections close: states, orders of events, figures.

        Everything is computed from a model of two ends and the segments between them;
        nothing is contacted, and no privileges are needed.

        USAGE: lastcall closing <subcommand>

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.

        SUBCOMMANDS:
          states                  List the states, and what every event does in them.
          orders                  List the orders of events in which two ends can close.
          figure                  Draw all ways in which an end can close, or one order
                                  of events.
          explain                 Answer a question about closing, with the orders that
                                  show it.

          See 'lastcall help closing <subcommand>' for detailed help.

        """#

    static let states = #"""
        OVERVIEW: List the states, and what every event does in them.

        Without a state: what leads out of each. With one: every event, also those that
        are ignored or impossible there, with the reason. Sources are RFC sections and
        functions of Linux.

        USAGE: lastcall closing states [<state>] [--json]

        ARGUMENTS:
          <state>                 A state, such as FIN-WAIT-1; the case does not matter.

        OPTIONS:
          --json                  Print one JSON object per row of the table, on a line
                                  of its own.
          --version               Show the version.
          -h, --help              Show help information.


        """#

    static let orders = #"""
        OVERVIEW: List the orders of events in which two ends can close.

        The name of an order lists its events: a (A closes), a1 (the first segment that
        A sent arrives), xa1 (it is lost), ra (A sends again). An order and its mirror
        image are two.

        USAGE: lastcall closing orders [--layer <name>] [--first <end>] [--crossing] [--no-crossing] [--lost <number>] [--keeps <who>] [--policy <policy>] [--layers] [--json]

        \#(choosing)

        OPTIONS:
          --layers                List the layers: how much may happen in an order.
          --json                  Print one JSON object per order, on a line of its own.
          --version               Show the version.
          -h, --help              Show help information.


        """#

    static let figure = #"""
        OVERVIEW: Draw all ways in which an end can close, or one order of events.

        Without --order: every state of one end, from ESTABLISHED on, with the paths
        that were found in the orders of a layer (any-order, unless --layer names one).
        With --order: both ends side by side, time downwards, as in RFC 9293, Figures
        12 and 13.

        USAGE: lastcall closing figure [--order <name>] [--text] [--dot] [--svg] [--output <file>] [--layer <name>] [--first <end>] [--crossing] [--no-crossing] [--lost <number>] [--keeps <who>] [--policy <policy>]

        \#(choosing)

        OPTIONS:
          --order <name>          The name of an order, from lastcall closing orders.
          --text                  Draw with characters, 80 columns wide. (default:
                                  --text)
          --dot                   Write the graph for Graphviz.
          --svg                   Write an image for a browser.
          -o, --output <file>     Write to a file.
          --version               Show the version.
          -h, --help              Show help information.


        """#

    static let explain = #"""
        OVERVIEW: Answer a question about closing, with the orders that show it.

        Without a topic: list the topics.

        USAGE: lastcall closing explain [<topic>]

        ARGUMENTS:
          <topic>                 The topic, such as time-wait.

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.


        """#
}
