// SPDX-License-Identifier: Apache-2.0

import Glibc

extension ControlGroup {
    /// Finds the control group of a number that a socket's snapshot has: where a socket belongs whose
    /// owner cannot be seen.
    ///
    /// Looks through the directories of cgroup2, some hundreds as a rule.
    ///
    /// - Returns: `nil` when it is gone, or not below what this process can see.
    public init?(number: UInt64, below root: String = "/sys/fs/cgroup") {
        var pending = [""]
        while let path = pending.popLast() {
            var status = stat()
            guard stat(root + path, &status) == 0 else { continue }
            if status.st_ino == number {
                self.init(path: path.isEmpty ? "/" : path)
                return
            }
            for name in ProcFile.names(in: root + path)
            where !name.contains(".") || Self.isGroup(name) {
                let below = path + "/" + name
                if stat(root + below, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                    pending.append(below)
                }
            }
        }
        return nil
    }

    /// The kernel's own files have a controller's name before the dot, units their type behind it.
    private static func isGroup(_ name: String) -> Bool {
        [".slice", ".service", ".scope", ".socket", ".mount", ".swap"]
            .contains { name.hasSuffix($0) }
            || name.hasPrefix("lxc.")
    }
}
