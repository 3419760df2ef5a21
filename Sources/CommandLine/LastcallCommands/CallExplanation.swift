// SPDX-License-Identifier: Apache-2.0

import CommandWatch
import PortDoctor
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing
import TextForms

/// The explanation of one call that a watched command has made.
struct CallExplanation {
    private let call: WatchedCall
    private let caller: ProcessDescription?

    init(_ call: WatchedCall) {
        self.call = call
        caller = ProcessDescription(call.process)
    }

    /// The text for standard error; the thread waits at the end of the call.
    func text(json: Bool) -> String {
        let namespace = NetworkNamespaceName.process(call.process)
        do {
            if NetworkNamespace.isHere(namespace) { return try explanation(json: json) }
            return try NetworkNamespace.whileIn(namespace) { try explanation(json: json) }
        } catch let error as UsageError {
            return "lastcall: \(summary)\nlastcall: \(error.message)\n"
        } catch {
            return "lastcall: \(summary)\nlastcall: \(error)\n"
        }
    }

    private var who: String {
        SafeText.line("\(caller?.name ?? "?") (pid \(call.process))")
    }

    /// What has happened, without why.
    private var summary: String {
        "\(call.kind) of \(who) to \(call.address) failed: \(call.code)."
    }

    private func explanation(json: Bool) throws(UsageError) -> String {
        switch call.kind {
        case .bind, .listen: try bindExplanation(json: json)
        case .connect: try connectExplanation(json: json)
        }
    }

    private func bindSurvey(at address: InternetAddress, port: UInt16) -> BindSurvey {
        let socket = call.socket
        let request = BindRequest(
            address, port: port, isIPv6Only: socket?.isIPv6Only ?? false,
            reusesAddress: socket?.reusesAddress ?? false, reusesPort: socket?.reusesPort ?? false,
            userID: caller?.userID ?? 0, interface: socket?.interface ?? 0)
        return BindSurvey(
            request: request, isPrivileged: ProcessPrivilege.mayBindAnyPort("\(call.process)"),
            isListen: call.kind == .listen, own: socket?.inode ?? 0)
    }

    private func bindExplanation(json: Bool) throws(UsageError) -> String {
        var diagnosis = try bindSurvey(at: call.address.address, port: call.address.port)
            .diagnosis()
        if call.code == .addressInUse { diagnosis.settle(works: false) }
        if json { return String(decoding: DiagnosisJSON.line(diagnosis), as: UTF8.self) }
        let isExplained =
            switch diagnosis.verdict {
            case .works, .uncertain: false
            case .blocked: call.code == .addressInUse
            case .notAllowed: call.code == .permissionDenied
            case .addressNotHere: call.code == .addressNotAvailable
            case .mappedAddressRefused: call.code == .invalidArgument
            }
        guard isExplained else { return Self.unexplained(summary, call) }
        let text = DiagnosisText(
            diagnosis, call: .made(by: who, isListen: call.kind == .listen),
            remarks: BindSurvey.remarks(on: diagnosis))
        return text.text
    }

    private func connectExplanation(json: Bool) throws(UsageError) -> String {
        var survey = ConnectSurvey(destination: call.address, own: call.socket?.inode ?? 0)
        // After other errors the port may be one that the kernel had chosen.
        if call.code == .addressNotAvailable, let local = call.socket?.local, local.port != 0 {
            survey.bind = bindSurvey(at: local.address, port: local.port)
        }
        let diagnosis = try survey.diagnosis()
        if json { return String(decoding: DiagnosisJSON.line(diagnosis), as: UTF8.self) }
        let isExplained =
            switch diagnosis.verdict {
            case .works, .displaces, .bindFails, .bindUncertain: false
            case .sameConnection, .uncertain, .exhausted: call.code == .addressNotAvailable
            case .nobodyListens: call.code == .connectionRefused
            case .unreachable: call.code == .networkUnreachable
            }
        guard isExplained else { return Self.unexplained(summary, call) }
        return ConnectText(diagnosis, call: .made(by: who, isListen: false)).text
    }

    /// The kernel's answer is not what the sockets that are there now would bring about.
    private static func unexplained(_ summary: String, _ call: WatchedCall) -> String {
        let reason =
            switch call.code {
            case .addressInUse where call.address.port == 0:
                "No automatic port is left for bind(): see lastcall ports."
            case .addressInUse:
                PortSurvey.settings.kernel?.showsBoundSockets == false
                    ? "Something is in the way that this kernel does not show, or it is gone by now."
                    : "What was in the way is gone by now."
            case .connectionRefused: "Nobody listens there."
            case .invalidArgument where call.kind == .bind: "A socket is bound only once."
            case _: ""
            }
        return "lastcall: \(summary)\(reason.isEmpty ? "" : " " + reason)\n"
    }
}
