// SPDX-License-Identifier: Apache-2.0

import CUserNamespace
import Glibc
import SystemPackage
import Threads

/// The user namespace in which an ordinary user may make network namespaces (user_namespaces(7)).
package enum UserNamespace {
    /// Whether this process may make network namespaces; what stands in the way if not.
    package static func obstacle() async throws -> PrivateNetworkError? {
        try await DetachedThread.run {
            do throws(PrivateNetworkError) {
                _ = try NetworkNamespace.make()
                return nil
            } catch {
                return error
            }
        }
    }

    /// Whether this process was started to have one.
    package static var wasAskedFor: Bool { lastcall_user_namespace_result() >= 0 }

    /// What the kernel said when one was asked for and refused.
    package static var refusal: PrivateNetworkError? {
        let result = lastcall_user_namespace_result()
        guard result > 0 else { return nil }
        return PrivateNetworkError("unshare(CLONE_NEWUSER)", Errno(rawValue: result))
    }

    /// Runs this program again from its beginning, with the same arguments, in a user namespace.
    ///
    /// The kernel gives one only to a process with one thread, which is what a program is before
    /// its `main`. The process keeps its number, its descriptors and its parent.
    ///
    /// - Returns: only when that failed, why.
    package static func runAgain() -> PrivateNetworkError {
        let code = lastcall_run_again_in_user_namespace(CommandLine.unsafeArgv)
        return PrivateNetworkError("execv /proc/self/exe", Errno(rawValue: code))
    }
}
