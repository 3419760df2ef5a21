// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import TCPClosing

/// What takes time: the kernel's timers, and calls that wait.
extension SceneStage {
    /// Waits until the timer of connection 0 has less than that left, and delivers nothing.
    func runTimer(_ end: ConnectionEnd, below milliseconds: UInt32) throws {
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            guard let left = try snapshot(end)?.timer?.milliseconds else { break }
            if left < milliseconds { return }
            try collect(within: .milliseconds(10))
        }
        throw SceneDifference("\(end)'s timer does not come below \(milliseconds) ms")
    }

    /// Waits until the close(2) on another thread returns.
    func awaitClose() throws {
        let deadline = ContinuousClock.now + .seconds(2)
        while blockingClose?.hasReturned == false {
            guard ContinuousClock.now < deadline else {
                throw SceneDifference("close() does not return")
            }
            try collect(within: .milliseconds(2))
        }
    }

    /// Waits until an end shows a state, and does the same with every segment meanwhile.
    func wait(
        for end: ConnectionEnd, _ state: TCPState, _ range: ClosedRange<Double>,
        _ handle: (WireSegment) throws -> Void
    ) throws {
        let begin = ContinuousClock.now
        var seconds = 0.0
        // A hundredth of what is measured is exact enough; looking costs time, too.
        let pause = Duration.milliseconds(min(max(Int(range.lowerBound * 10), 5), 50))
        while true {
            try collect(within: pause)
            for segment in networks.wire.inFlight { try handle(segment) }
            seconds = (ContinuousClock.now - begin) / .seconds(1)
            if try shown(end).state == state || seconds > range.upperBound { break }
        }
        if !range.contains(seconds) {
            throw SceneDifference("\(end) is \(try shown(end)) after \(seconds) s")
        }
    }
}
