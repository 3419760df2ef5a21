// SPDX-License-Identifier: Apache-2.0

import Console
import Glibc
import SystemPackage
import Testing

/// What changes a whole process is tested in one of its own.
@Suite struct `The signals of a process` {
    @Test func `arrive as a sequence, in place of what they do`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let signals = try Signals([SIGTERM, SIGINT])
            var seen: [Int32] = []
            let stream = signals.stream()
            kill(getpid(), SIGTERM)
            for await signal in stream {
                seen.append(signal)
                if seen == [SIGTERM, SIGINT] { exit(7) }
                kill(getpid(), SIGINT)
            }
        }
    }

    @Test func `end the process while nobody reads them`() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let signals = try Signals([SIGTERM])
            kill(getpid(), SIGTERM)
            while true { pause() }
            _ = signals
        }
    }

    @Test func `that are ignored stay so`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            signal(SIGHUP, SIG_IGN)
            let stream = try Signals([SIGHUP, SIGTERM]).stream()
            kill(getpid(), SIGHUP)
            kill(getpid(), SIGTERM)
            for await signal in stream { exit(signal == SIGTERM ? 3 : 4) }
        }
    }

    @Test func `from a closed pipe are errors`() async {
        await #expect(processExitsWith: .success) {
            _ = try Signals([])
            let (reader, writer) = try FileDescriptor.pipe()
            try reader.close()
            #expect(throws: Errno.brokenPipe) { try writer.writeAll([1]) }
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `can be died of afterwards`(signal: Int32) async {
        switch signal {
        case SIGINT:
            await #expect(processExitsWith: .signal(SIGINT)) {
                _ = try Signals([SIGINT]).stream()
                Signals.die(of: SIGINT)
            }
        case SIGTERM:
            await #expect(processExitsWith: .signal(SIGTERM)) {
                _ = try Signals([SIGTERM]).stream()
                Signals.die(of: SIGTERM)
            }
        case _:
            await #expect(processExitsWith: .signal(SIGHUP)) {
                _ = try Signals([SIGHUP]).stream()
                Signals.die(of: SIGHUP)
            }
        }
    }
}

@Suite struct `Standard descriptors` {
    @Test func `tell a terminal and its width`() throws {
        // A pseudo-terminal: unlocked, then opened by its number (pts(4)).
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(master >= 0)
        defer { close(master) }
        var (locked, number): (Int32, Int32) = (0, -1)
        try #require(ioctl(master, 0x4004_5431, &locked) == 0, "TIOCSPTLCK")
        try #require(ioctl(master, 0x8004_5430, &number) == 0, "TIOCGPTN")
        let terminal = try FileDescriptor.open(
            FilePath("/dev/pts/\(number)"), .readWrite,
            options: FileDescriptor.OpenOptions(rawValue: O_NOCTTY))
        defer { try? terminal.close() }
        #expect(StandardDescriptors.isTerminal(terminal))
        #expect(StandardDescriptors.terminalWidth(terminal) == nil, "it has none yet")
        var size = winsize(ws_row: 24, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0)
        #expect(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
        #expect(StandardDescriptors.terminalWidth(terminal) == 132)
        let null = try FileDescriptor.open("/dev/null", .readWrite)
        defer { try? null.close() }
        #expect(!StandardDescriptors.isTerminal(null))
        #expect(StandardDescriptors.terminalWidth(null) == nil)
    }
}

@Suite struct `The descriptor limit` {
    @Test func `is raised as far as it may be`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            #expect(getrlimit(resource, &limit) == 0)
            limit.rlim_cur = 200
            limit.rlim_max = min(limit.rlim_max, 300)
            #expect(setrlimit(resource, &limit) == 0)
            #expect(DescriptorLimit.raise() == Int(limit.rlim_max))
            #expect(getrlimit(resource, &limit) == 0)
            #expect(limit.rlim_cur == limit.rlim_max)
        }
    }
}
