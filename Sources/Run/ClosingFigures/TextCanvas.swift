// SPDX-License-Identifier: Apache-2.0

import TextForms

/// Characters on a grid.
struct TextCanvas {
    private var rows: [[Character]]

    init(width: Int, height: Int) {
        rows = Array(repeating: Array(repeating: " ", count: width), count: height)
    }

    /// Its rows, each with its line feed.
    var text: String { rows.map { String($0).withoutTrailingSpaces + "\n" }.joined() }

    mutating func put(_ text: String, x: Int, y: Int) {
        for (index, character) in text.enumerated() { put(character, x: x + index, y: y) }
    }

    mutating func put(_ character: Character, x: Int, y: Int) {
        guard rows.indices.contains(y), rows[y].indices.contains(x) else { return }
        rows[y][x] = character
    }

    /// A line down, ends included.
    mutating func down(x: Int, from top: Int, to bottom: Int) {
        guard top <= bottom else { return }
        for y in top...bottom { join("|", x: x, y: y) }
    }

    /// A line across, with corners at its ends.
    mutating func across(y: Int, from start: Int, to end: Int) {
        for x in min(start, end)...max(start, end) {
            join(x == start || x == end ? "+" : "-", x: x, y: y)
        }
    }

    /// Lines that meet make a corner.
    private mutating func join(_ character: Character, x: Int, y: Int) {
        guard rows.indices.contains(y), rows[y].indices.contains(x) else { return }
        let present = rows[y][x]
        rows[y][x] = present == " " || present == character ? character : "+"
    }
}
