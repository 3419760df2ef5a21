// SPDX-License-Identifier: Apache-2.0

import RunModel
import Spool
import TextForms

/// Output that is too much for one page, in order: handed out in pieces.
struct OwedOutput: Sendable {
    private enum Piece {
        case bytes([UInt8])
        /// Bytes from the spool, and whose they are.
        case spooled(SpooledBytes, host: Int, isSafe: Bool, ending: Ending)
    }

    /// What follows spooled bytes.
    enum Ending: Sendable {
        /// A line feed, whatever the last byte was.
        case newline
        /// A line feed where the last byte was none.
        case newlineIfMissing
    }

    /// How much one call to `drain` puts on the page, give or take a piece.
    static let pageBytes = 262_144

    private var pieces: [(stream: OutputStream, piece: Piece)] = []
    private var first = 0
    private var offset = 0
    private var safeText = SafeText()
    private var lastByte: UInt8?

    var isEmpty: Bool { first == pieces.count }

    mutating func add(_ bytes: [UInt8], to stream: OutputStream) {
        guard !bytes.isEmpty else { return }
        pieces.append((stream, .bytes(bytes)))
    }

    /// Adds bytes from the spool; where `isSafe`, control bytes are made visible.
    mutating func add(
        _ bytes: SpooledBytes, of host: Int, to stream: OutputStream, isSafe: Bool, ending: Ending
    ) {
        pieces.append((stream, .spooled(bytes, host: host, isSafe: isSafe, ending: ending)))
    }

    /// Appends the next pieces; stops before going back from the standard error to the standard
    /// output, so that on a terminal they appear in their order.
    mutating func drain(into page: inout Page, names: TargetNames) -> Bool {
        guard !isEmpty else { return false }
        let start = page.standardOutput.count + page.standardError.count
        while first < pieces.count {
            let (stream, piece) = pieces[first]
            if stream == .standardOutput, !page.standardError.isEmpty { break }
            if page.standardOutput.count + page.standardError.count - start >= Self.pageBytes {
                break
            }
            switch piece {
            case .bytes(let bytes):
                page[stream].append(contentsOf: bytes)
                pieceEnded()
            case .spooled(let bytes, let host, let isSafe, let ending):
                append(bytes, isSafe: isSafe, ending: ending, stream, names[host], to: &page)
            }
        }
        if isEmpty {
            pieces = []
            first = 0
        }
        return true
    }

    /// Appends some bytes of a spooled piece, and what follows it after the last.
    private mutating func append(
        _ bytes: SpooledBytes, isSafe: Bool, ending: Ending, _ stream: OutputStream,
        _ name: String, to page: inout Page
    ) {
        do {
            let read = try bytes.read(at: offset)
            offset += read.count
            if let last = read.last { lastByte = last }
            if isSafe {
                safeText.append(read[...], to: &page[stream])
            } else {
                page[stream].append(contentsOf: read)
            }
            guard offset == bytes.count else { return }
        } catch {
            page.outputLost = true
            page.say("\(name): \(bytes.count - offset) bytes of output are lost: \(error)")
        }
        safeText.finish(to: &page[stream])
        switch ending {
        case .newline: page[stream].append(UInt8(ascii: "\n"))
        case .newlineIfMissing:
            if lastByte != UInt8(ascii: "\n") { page[stream].append(UInt8(ascii: "\n")) }
        }
        pieceEnded()
    }

    private mutating func pieceEnded() {
        // Gives room in the spool back while later pieces wait.
        pieces[first].piece = .bytes([])
        first += 1
        offset = 0
        lastByte = nil
    }
}
