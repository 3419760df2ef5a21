// SPDX-License-Identifier: Apache-2.0

package import HostSets

/// One word of a local command, with places for what differs from host to host.
///
/// | written | stands for |
/// |---|---|
/// | `%h` | the host's name, without brackets |
/// | `%u` | the user |
/// | `%n` | the host's index in the run, from 0 |
/// | `%%` | `%` |
package struct WordTemplate: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case text(String)
        case host
        case user
        case index
    }

    private let parts: [Part]

    /// Reads a word of a command.
    ///
    /// - Parameters:
    ///   - word: the word as it was given.
    ///   - index: the word's place in the command, from 0; the fault names it from 1.
    /// - Throws: a fault that names the word.
    package init(_ word: String, at index: Int) throws(WordTemplateFault) {
        var parts: [Part] = []
        var text = ""
        var scalars = word.unicodeScalars.makeIterator()
        func fault(_ reason: WordTemplateFault.Reason) -> WordTemplateFault {
            WordTemplateFault(reason, word: word, place: index + 1)
        }
        while let scalar = scalars.next() {
            guard scalar != "\0" else { throw fault(.nulByte) }
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let part: Part
            switch scalars.next() {
            case "h"?: part = .host
            case "u"?: part = .user
            case "n"?: part = .index
            case "%"?:
                text += "%"
                continue
            case let other?: throw fault(.unknown(other))
            case nil: throw fault(.unfinished)
            }
            parts += [.text(text), part]
            text = ""
        }
        self.parts = parts + [.text(text)]
    }

    /// The word for one host.
    package func text(host: HostName, user: String, index: Int) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .host: text += host.text
            case .user: text += user
            case .index: text += String(index)
            }
        }
        return text
    }
}

/// Why a word of a local command cannot be read.
package struct WordTemplateFault: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// After `%` stands a letter that means nothing.
        case unknown(Unicode.Scalar)
        /// The word ends with a single `%`.
        case unfinished
        /// No argument of a program can hold a NUL.
        case nulByte
    }

    package let reason: Reason
    /// The word as it was given.
    package let word: String
    /// The word's place in the command, from 1.
    package let place: Int

    init(_ reason: Reason, word: String, place: Int) {
        self.reason = reason
        self.word = word
        self.place = place
    }

    /// What is wrong, where, and what to write instead.
    package var message: String {
        let fault =
            switch reason {
            case .unknown(let scalar):
                "%\(scalar) means nothing; %h is the host, %u the user, %n the index, %% a percent sign"
            case .unfinished: "ends with a single %; write %% for a percent sign"
            case .nulByte: "holds a NUL, which no argument can"
            }
        return "word \(place) of the command (\(word)): \(fault)"
    }
}
