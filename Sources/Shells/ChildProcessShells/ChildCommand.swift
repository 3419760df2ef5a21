// SPDX-License-Identifier: Apache-2.0

import Subprocess
import SystemPackage

/// A program and its arguments, as execve(2) takes them.
struct ChildCommand: Hashable, Sendable {
    /// The first word of argv; looked up in `PATH` unless it holds a slash.
    var program: String
    /// The other words of argv.
    var arguments: [String]

    /// How to start it: in a process group of its own, so that all of it can be signalled.
    var configuration: Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        return Configuration(
            executable: program.utf8.contains(UInt8(ascii: "/"))
                ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(executablePathOverride: program, remainingValues: arguments),
            platformOptions: options)
    }
}
