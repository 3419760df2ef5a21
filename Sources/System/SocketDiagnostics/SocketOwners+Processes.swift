// SPDX-License-Identifier: Apache-2.0

import Glibc

/// proc(5).
extension SocketOwners {
    /// The number of the first pid namespace (Linux `PROC_PID_INIT_INO`).
    private static let firstPIDNamespace: UInt64 = 0xefff_fffc

    /// Looks for the owners of these sockets among all processes.
    ///
    /// Takes some 30 ms with 400 processes; what is hidden shortens the answer, and is no error.
    public init(of sockets: some Sequence<SocketSnapshot>) {
        self.init(ofInodes: Set(sockets.map(\.inode)), searchesQueues: true)
    }

    /// Looks for the owners of these inodes, among all processes or these, and not for descriptors in
    /// flight.
    package init(ofInodes inodes: Set<UInt32>, among processes: [Int32]? = nil) {
        self.init(ofInodes: inodes, among: processes, searchesQueues: false)
    }

    private init(
        ofInodes inodes: Set<UInt32>, among some: [Int32]? = nil, searchesQueues: Bool
    ) {
        var wanted = inodes
        wanted.remove(0)
        guard !wanted.isEmpty else { return }
        var descriptors: [(process: Int32, descriptor: Int32, inode: UInt32)] = []
        let processes = some ?? ProcFile.names(in: "/proc").compactMap { Int32($0) }.sorted()
        seesEveryProcess = Self.isInFirstPIDNamespace && (some != nil || processes.first == 1)
        for process in processes {
            guard let names = ProcFile.visibleNames(in: "/proc/\(process)/fd") else {
                if let hidden = ProcessDescription(process) { hiddenUsers.insert(hidden.userID) }
                continue
            }
            for descriptor in names.compactMap({ Int32($0) }).sorted() {
                let path = "/proc/\(process)/fd/\(descriptor)"
                guard let inode = ProcFile.socketInode(path) else { continue }
                descriptors.append((process, descriptor, inode))
            }
        }
        var described: [Int32: ProcessDescription] = [:]
        func owner(_ process: Int32, _ descriptor: Int32) -> SocketOwner? {
            let description = described[process] ?? ProcessDescription(process)
            described[process] = description
            return description.map { SocketOwner(process: $0, descriptor: descriptor) }
        }
        for found in descriptors where wanted.contains(found.inode) {
            guard let owner = owner(found.process, found.descriptor) else { continue }
            holders[found.inode, default: []].append(owner)
        }
        guard searchesQueues, wanted.contains(where: { holders[$0] == nil }) else { return }
        // Only for what was not found, as it opens a file for each socket there is.
        for found in descriptors
        where ProcFile.hasQueuedDescriptors(found.process, found.descriptor) {
            if let owner = owner(found.process, found.descriptor) { queues.append(owner) }
        }
    }

    private static var isInFirstPIDNamespace: Bool {
        var status = stat()
        return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == firstPIDNamespace
    }
}

extension ProcessDescription {
    /// Reads what proc(5) says about a process; `nil` when it is gone.
    public init?(_ number: Int32) {
        guard let stat = ProcFile.text(of: "/proc/\(number)/stat"),
            let status = ProcFile.text(of: "/proc/\(number)/status")
        else { return nil }
        self.init(number: number, stat: stat, status: status)
        controlGroup = ProcFile.text(of: "/proc/\(number)/cgroup")
            .flatMap(ControlGroup.init(processFile:))
    }

    /// Reads the files `stat` and `status` of a process.
    package init?(number: Int32, stat: String, status: String, ticksPerSecond: Int = 100) {
        // The name may hold brackets and blanks: it ends at the last bracket.
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"),
            open < close
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        // The 22nd field; the first two are before the bracket.
        guard fields.count > 19, let ticks = Int(fields[19]),
            let users = status.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") }),
            let user = users.split(whereSeparator: \.isWhitespace).dropFirst(2).first,
            let userID = UInt32(user)
        else { return nil }
        self.init(
            number: number, name: String(stat[stat.index(after: open)..<close]), userID: userID,
            startedAfterBoot: .milliseconds(ticks * 1000 / ticksPerSecond))
    }
}
