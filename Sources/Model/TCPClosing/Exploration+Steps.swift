// SPDX-License-Identifier: Apache-2.0

extension Exploration {
    /// Visits every step of every order once: a connection, what happens to it, what becomes of it.
    ///
    /// Equal connections are visited once, however many orders run through them, and segments are
    /// not numbered. A fact about single steps needs no orders.
    public func forEachStep(_ visit: (Connection, Connection.Step, Connection) -> Void) {
        for connection in connections() {
            for event in connection.enabledEvents(in: layer, by: table) {
                var next = connection
                let step = next.apply(event, by: table)
                visit(connection, step, next)
            }
        }
    }

    /// Every connection that any order runs through, the start in front, segments not numbered.
    public func connections() -> [Connection] {
        var found = [start.unnumbered]
        var known = Set(found)
        var visited = 0
        while visited < found.count {
            let connection = found[visited]
            visited += 1
            for event in connection.enabledEvents(in: layer, by: table) {
                var next = connection
                next.apply(event, by: table)
                if known.insert(next).inserted { found.append(next) }
            }
        }
        return found
    }
}
