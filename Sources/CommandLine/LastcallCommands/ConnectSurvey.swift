// SPDX-License-Identifier: Apache-2.0

import PortDoctor
import SocketDiagnostics
import TCPClosing
import TCPSockets

/// Asks the kernel what a diagnosis of connect(2) needs: of the network namespace this thread is in.
struct ConnectSurvey {
    let destination: Destination
    /// The source port, and the bind(2) that gives it.
    var bind: BindSurvey?
    /// Whether to prove the bind(2) by doing it.
    var provesBind = false
    /// The inode of the socket that asks, or 0.
    var own: UInt32 = 0

    /// Looks at the sockets towards the destination, and at what else holds ports.
    func diagnosis() throws(UsageError) -> ConnectDiagnosis {
        var survey = try SocketSurvey()
        var bindDiagnosis: BindDiagnosis?
        if let bind, own == 0 {
            var looked = try bind.diagnosis()
            if provesBind { _ = bind.prove(&looked) }
            bindDiagnosis = looked
        }
        let holders: SocketStates = [.listening, .bound]
        // What is bound only is told with the state CLOSED.
        let here = try survey.sockets(matching: SocketQuery(family: nil, states: holders))
        let towards = try survey.sockets(
            matching: SocketQuery(family: nil, remotePort: destination.port))
        var sightings = (here + towards).filter { own == 0 || $0.inode != own }
            .map { PortSighting($0) }
        var source = ConnectDiagnosis.Source.automatic
        var address = BindProbe.sourceAddress(towards: destination)
        if let bind {
            source = .port(bind.request.port)
            if !bind.request.address.isWildcard { address = bind.request.address.unmapped }
            // Whose it is matters of what has the source port only.
            let held = sightings.filter {
                $0.holder.state != .listening && $0.socket.localPort == bind.request.port
            }
            sightings = sightings.filter { $0.holder.state == .listening }
            sightings += SocketSurvey.identify(held)
        }
        return ConnectDiagnosis(
            to: destination, from: source,
            along: ConnectDiagnosis.Way(
                source: address, isHere: BindProbe.isHere(destination.address),
                settings: PortSurvey.settings),
            bind: bindDiagnosis, among: sightings)
    }
}
