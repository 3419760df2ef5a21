// SPDX-License-Identifier: Apache-2.0

/// Where a list of hosts is read from.
public enum HostListPath: Hashable, Sendable {
    /// The standard input of the process, written `-`.
    case standardInput
    /// A file, by its path; relative paths are relative to the working directory.
    case file(String)

    /// The path that `text`, written in this file, means.
    ///
    /// Relative paths start at the folder of this file; `./` and doubled slashes are removed, so
    /// that one file is known by one path. `..` stays, for a symbolic link may stand before it.
    func resolving(_ text: String) -> HostListPath {
        var folder: [Substring] = []
        var isAbsolute = text.utf8.first == UInt8(ascii: "/")
        if !isAbsolute, case .file(let own) = self {
            isAbsolute = own.utf8.first == UInt8(ascii: "/")
            folder = own.split(separator: "/").dropLast()
        }
        let parts = (folder + text.split(separator: "/")).filter { $0 != "." }
        return .file((isAbsolute ? "/" : "") + parts.joined(separator: "/"))
    }
}

extension HostListPath: CustomStringConvertible {
    /// The path, or `<stdin>`.
    public var description: String {
        switch self {
        case .standardInput: "<stdin>"
        case .file(let path): path
        }
    }
}
