// SPDX-License-Identifier: Apache-2.0

import Console
import PortDoctor
import SocketDiagnostics
import SystemPackage
import TCPClosing
import TCPSockets

/// Asks the kernel what a diagnosis of bind(2) needs: of the network namespace this thread is in.
struct BindSurvey {
    let request: BindRequest
    /// Whether who asks may bind any port.
    let isPrivileged: Bool
    /// Whether listen(2) is asked for, of a socket that is bound; it is the one with this inode.
    var isListen = false
    /// The inode of the socket that asks, or 0.
    var own: UInt32 = 0

    /// Looks at the sockets of the port.
    func diagnosis() throws(UsageError) -> BindDiagnosis {
        var survey = try SocketSurvey()
        let query = SocketQuery(family: nil, localPort: request.port)
        let sightings = try survey.sightings(matching: query, without: own)
        let surroundings = self.surroundings
        let first = diagnosis(among: sightings, [], surroundings)
        guard !first.blockers.isEmpty else { return first }
        let counterparts = survey.counterparts(of: first.blockers.map(\.sighting))
        let identified = SocketSurvey.identify(sightings + counterparts)
        return diagnosis(
            among: Array(identified[..<sightings.count]),
            Array(identified[sightings.count...]), surroundings)
    }

    private func diagnosis(
        among sightings: [PortSighting], _ counterparts: [PortSighting],
        _ surroundings: BindDiagnosis.Surroundings
    ) -> BindDiagnosis {
        BindDiagnosis(
            request, isListen: isListen, among: sightings, counterparts: counterparts,
            in: surroundings)
    }

    private var surroundings: BindDiagnosis.Surroundings {
        var surroundings = BindDiagnosis.Surroundings()
        surroundings.settings = PortSurvey.settings
        surroundings.addressIsHere = BindProbe.isHere(request.address)
        if !surroundings.addressIsHere {
            let isIPv4 = request.address.isIPv4
            surroundings.addresses = LocalAddress.all().map(\.address)
                .filter { $0.isIPv4 == isIPv4 }
        }
        let limit = PortSurvey.setting("ipv4.ip_unprivileged_port_start").flatMap { Int($0) }
        surroundings.firstFreePort = limit ?? surroundings.firstFreePort
        surroundings.portIsAllowed =
            isPrivileged || Int(request.port) >= surroundings.firstFreePort
        return surroundings
    }

    /// Binds a socket of our own, and has the diagnosis say what came of it.
    ///
    /// - Returns: whether the two agree.
    func prove(_ diagnosis: inout BindDiagnosis) -> Bool {
        let code = BindProbe.bind(request)
        diagnosis.settle(works: code == nil)
        switch code {
        case nil: return diagnosis.verdict == .works
        case .addressInUse?: return diagnosis.verdict == .blocked
        case .permissionDenied?: return diagnosis.verdict == .notAllowed
        case .addressNotAvailable?: return diagnosis.verdict == .addressNotHere
        case .invalidArgument?: return diagnosis.verdict == .mappedAddressRefused
        case _?: return false
        }
    }

    /// Looks again whenever something may have changed, until bind(2) works or the time is over.
    ///
    /// The kernel tells when a socket of the port ends, a timer when TIME-WAIT does; what nobody
    /// tells is seen within a second.
    func waiting(atMost limit: Duration?, proving: Bool) throws(UsageError) -> BindDiagnosis {
        var ends = try Self.socketEnds()
        let clock = ContinuousClock()
        let end = limit.map { clock.now + $0 }
        while true {
            var diagnosis = try self.diagnosis()
            if proving { _ = prove(&diagnosis) }
            let left = end.map { $0 - clock.now }
            switch diagnosis.verdict {
            // Time brings no privilege, and no other socket.
            case .works, .notAllowed, .mappedAddressRefused: return diagnosis
            case .blocked, .uncertain, .addressNotHere: break
            }
            if left.map({ $0 <= .zero }) ?? false { return diagnosis }
            let pause = min(Self.pause(for: diagnosis), left ?? .seconds(1))
            do throws(SocketDiagnosticsError) {
                try ends.wait(forPort: request.port, atMost: pause)
            } catch {
                throw Self.fault(error)
            }
        }
    }

    private static func socketEnds() throws(UsageError) -> SocketEnds {
        do throws(SocketDiagnosticsError) {
            return try SocketEnds()
        } catch {
            throw fault(error)
        }
    }

    private static func fault(_ error: SocketDiagnosticsError) -> UsageError {
        UsageError("the kernel does not tell when sockets end: \(error)")
    }

    /// How long nothing can be expected to change that nobody tells.
    private static func pause(for diagnosis: BindDiagnosis) -> Duration {
        let timers = diagnosis.blockers.compactMap(\.sighting.socket.timer?.milliseconds)
        let latest = Duration.milliseconds(timers.max() ?? .max)
        // At its end the timer stays at 0 for up to 2 s.
        return min(.seconds(1), max(.milliseconds(100), latest))
    }

    /// Whether `[::]` is another matter, for who has asked about a port alone.
    func remarksOnIPv6() throws(UsageError) -> [String] {
        var request = request
        request.address = .v6(high: 0, low: 0, zone: 0)
        let diagnosis = try BindSurvey(request: request, isPrivileged: isPrivileged).diagnosis()
        guard diagnosis.verdict == .blocked else { return [] }
        return ["[::], for IPv6 and IPv4, is another matter. " + DiagnosisText(diagnosis).firstLine]
    }

    /// What could not be seen, and what would show it.
    static func remarks(on diagnosis: BindDiagnosis) -> [String] {
        let isHidden = diagnosis.blockers.contains { blocker in
            [blocker.sighting, blocker.counterpart]
                .contains { sighting in
                    if case .hidden(let owner)? = sighting?.ownership { return owner.isForRoot }
                    return false
                }
        }
        return isHidden
            ? [
                "As root this would also name the process, and say whether its socket has SO_REUSEADDR."
            ]
            : []
    }
}

extension InternetAddress {
    fileprivate var isIPv4: Bool {
        switch unmapped {
        case .v4: true
        case .v6: false
        }
    }
}
