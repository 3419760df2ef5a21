// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// Colours and pens of the drawings.
enum SVGStyle {
    /// How many colours there are for walks: `walk0` and so on.
    static let walkColours = 6

    /// The class of a state: what the end is doing.
    static func name(_ state: TCPState) -> String {
        switch state {
        case .established: "open"
        case .finWait1, .finWait2: "active"
        case .closing: "crossed"
        case .closeWait, .lastAck: "passive"
        case .timeWait: "waits"
        case .closed, .listen, .synSent, .synReceived: "gone"
        }
    }

    static let sheet = """
        svg { --paper: #fff; --ink: #1c2733; --soft: #5d6b79; --box: #f2f5f8; --edge: #aab6c2;
          --open: #2c8a57; --active: #1f6fb2; --crossed: #7a52b3; --passive: #b8621b;
          --waits: #c2334d; --gone: #98a4b0; --third: #0b8a8a; --fifth: #8a7a0b; }
        @media (prefers-color-scheme: dark) {
          svg { --paper: #10161d; --ink: #e4eaf0; --soft: #98a6b5; --box: #1b242e; --edge: #4a5866;
            --open: #5fcf92; --active: #62b0f0; --crossed: #b594ec; --passive: #f0a05c;
            --waits: #f27a8f; --gone: #6d7a87; --third: #5fd3d3; --fifth: #d8c75a; } }
        text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
          font-size: 13px; fill: var(--ink); }
        .paper { fill: var(--paper); }
        .title { font-weight: bold; }
        .soft { fill: var(--soft); }
        .box { fill: var(--box); stroke: var(--edge); stroke-width: 1.5; }
        .box.waits { stroke: var(--waits); stroke-width: 2.5; }
        .box.open { stroke: var(--open); }
        .walk { fill: none; stroke-width: 3; stroke-linecap: round; }
        .walk0, .fill0 { --colour: var(--active); } .walk1, .fill1 { --colour: var(--crossed); }
        .walk2, .fill2 { --colour: var(--third); } .walk3, .fill3 { --colour: var(--passive); }
        .walk4, .fill4 { --colour: var(--fifth); } .walk5, .fill5 { --colour: var(--open); }
        .walk { stroke: var(--colour); } .fill { fill: var(--colour); }
        .after { fill: none; stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; }
        .ink { fill: var(--soft); }
        .flight { fill: none; stroke: var(--soft); stroke-width: 1.6; }
        .lost { stroke-dasharray: 5 4; }
        .cross { fill: none; stroke: var(--waits); stroke-width: 2.4; stroke-linecap: round; }
        .bar { stroke: none; }
        .bar.open { fill: var(--open); } .bar.active { fill: var(--active); }
        .bar.crossed { fill: var(--crossed); } .bar.passive { fill: var(--passive); }
        .bar.waits { fill: var(--waits); } .bar.gone { fill: var(--edge); }
        .dot { fill: var(--paper); stroke: var(--ink); stroke-width: 1.6; }
        """
}
