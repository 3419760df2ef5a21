// SPDX-License-Identifier: Apache-2.0

/// Gathers hosts one by one into `HostRanges`, fast when neighbours have one shape.
struct HostGathering {
    private var placeOfShape: [HostShape: Int] = [:]
    private var shapes: [HostShape] = []
    private var lines: [NumberSet] = []
    private var rows: [TupleSet?] = []
    private var lastPlace: Int?
    private var outline: [UInt8] = []
    private var ranks: [Int] = []

    /// Adds a host by its name, which has been checked.
    mutating func insert(_ name: ArraySlice<UInt8>, user: String? = nil, port: Int? = nil) {
        outline.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        HostShape.dissect(name, outline: &outline, ranks: &ranks)
        let place = place(user: user, port: port)
        if ranks.count == 1 {
            lines[place].insert(ranks[0])
        } else if !ranks.isEmpty {
            rows[place]?.append(ranks)
        }
    }

    private mutating func place(user: String?, port: Int?) -> Int {
        if let lastPlace, shapes[lastPlace].outline == outline, shapes[lastPlace].user == user,
            shapes[lastPlace].port == port
        {
            return lastPlace
        }
        let shape = HostShape(user: user, port: port, outline: outline)
        let place = placeOfShape[shape] ?? shapes.count
        if place == shapes.count {
            placeOfShape[shape] = place
            shapes.append(shape)
            lines.append(NumberSet())
            rows.append(ranks.count > 1 ? TupleSet(axes: ranks.count) : nil)
        }
        lastPlace = place
        return place
    }

    /// What was gathered.
    mutating func take() -> HostRanges {
        var result = HostRanges()
        for (place, shape) in shapes.enumerated() {
            if var set = rows[place] {
                rows[place] = nil
                set.settle()
                result.numbers[shape] = .rows(set)
            } else if lines[place].isEmpty {
                result.numbers[shape] = .one
            } else {
                var set = lines[place]
                lines[place] = NumberSet()
                set.settle()
                result.numbers[shape] = .line(set)
            }
        }
        self = HostGathering()
        return result
    }
}
