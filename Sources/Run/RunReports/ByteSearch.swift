// SPDX-License-Identifier: Apache-2.0

/// Finds bytes in bytes.
enum ByteSearch {
    /// The first place at or after `start` that holds a byte.
    static func first(_ wanted: UInt8, in bytes: [UInt8], from start: Int) -> Int? {
        let span = bytes.span
        var place = start
        while place < span.count {
            if span[place] == wanted { return place }
            place += 1
        }
        return nil
    }
}
