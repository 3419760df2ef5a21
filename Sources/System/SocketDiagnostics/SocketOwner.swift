// SPDX-License-Identifier: Apache-2.0

/// A descriptor of a socket, and the process that has it.
public struct SocketOwner: Hashable, Sendable {
    /// The process.
    public var process: ProcessDescription
    /// The number of the descriptor in it.
    public var descriptor: Int32

    /// Makes an owner.
    public init(process: ProcessDescription, descriptor: Int32) {
        self.process = process
        self.descriptor = descriptor
    }
}

/// A process, as proc(5) describes it.
public struct ProcessDescription: Hashable, Sendable {
    /// Its number, in the pid namespace of the reader.
    public var number: Int32
    /// Its name: at most 15 bytes, which the program itself may change.
    public var name: String
    /// Its effective user.
    public var userID: UInt32
    /// How long after the machine's start it was started; with the number, it names one process.
    public var startedAfterBoot: Duration
    /// The control group it is in.
    public var controlGroup: ControlGroup?

    /// Makes a description.
    public init(
        number: Int32, name: String, userID: UInt32, startedAfterBoot: Duration,
        controlGroup: ControlGroup? = nil
    ) {
        self.number = number
        self.name = name
        self.userID = userID
        self.startedAfterBoot = startedAfterBoot
        self.controlGroup = controlGroup
    }
}

/// Who has a socket, as far as the reader may see.
public enum SocketOwnership: Hashable, Sendable {
    /// These, in the order of their numbers.
    case owned([SocketOwner])
    /// Nobody that can be seen, for one of these reasons, the likeliest first; a single one is
    /// certain.
    case notVisible([InvisibleOwner])
}

/// Why no owner of a socket can be seen.
public enum InvisibleOwner: Hashable, Sendable {
    /// There is none: the process has let go of it, and the kernel ends the connection by itself.
    case orphan
    /// There is none yet: the connection waits until a listener accepts it.
    case notAccepted
    /// Processes of this user hide their descriptors from the reader, who is not root.
    case otherUser(UInt32)
    /// The reader is in a pid namespace of its own, and sees its own processes only.
    case otherPIDNamespace
    /// Its descriptor is on its way through a Unix socket, and is received by nobody yet; these
    /// sockets have descriptors in their queues, of which one may be it.
    case inFlight(queuedAt: [SocketOwner])
    /// The kernel itself has it: NFS and other file systems do.
    case kernel
    /// It was closed between the two looks; another pair of looks rules this out.
    case closedMeanwhile
}
