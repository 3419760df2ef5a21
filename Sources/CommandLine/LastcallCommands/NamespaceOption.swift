// SPDX-License-Identifier: Apache-2.0

import Console
import SocketDiagnostics
import SystemPackage
import Threads

/// `--netns`: which network namespace a command looks into.
enum NamespaceOption {
    /// Runs a body that may block, on a thread of its own that is in the namespace, or where the
    /// process is.
    ///
    /// - Throws: `UsageError` when there is no such namespace, or it may not be entered; what the
    ///   body throws.
    static func run(in text: String?, _ body: @escaping @Sendable () throws -> Void) async throws {
        guard let text else {
            return try await DetachedThread.run { Result(catching: body) }.get()
        }
        guard let name = NetworkNamespaceName(text) else {
            throw UsageError("--netns: write a process's number, a name of ip-netns(8), or a path")
        }
        let result = try await DetachedThread.run {
            () -> Result<Result<Void, any Error>, SocketDiagnosticsError> in
            do throws(SocketDiagnosticsError) {
                return .success(try name.visit { Result(catching: body) })
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let outcome): try outcome.get()
        case .failure(let error): throw UsageError(refusal(error, of: name))
        }
    }

    private static func refusal(
        _ error: SocketDiagnosticsError, of name: NetworkNamespaceName
    ) -> String {
        let place = "--netns: \(ProgramOutput.quoted("\(name)"))"
        switch error {
        case .failed(.notPermitted), .failed(.permissionDenied):
            return "\(place) may not be entered: that needs root (CAP_SYS_ADMIN)"
        case .failed(.invalidArgument): return "\(place) is no network namespace"
        case .failed(let code): return "\(place): \(code)"
        case .malformed, .truncated, .interrupted: return "\(place): \(error)"
        }
    }
}
