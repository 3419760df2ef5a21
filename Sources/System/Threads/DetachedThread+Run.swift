// SPDX-License-Identifier: Apache-2.0

package import SystemPackage

extension DetachedThread {
    /// Runs the body on a thread made for it alone, which ends with it.
    ///
    /// For what a thread of a pool must not do: block, or go into another network namespace.
    package static func run<Success: Sendable>(
        _ body: @escaping @Sendable () -> Success
    ) async throws(Errno) -> Success {
        let result: Result<Success, Errno> = await withCheckedContinuation { continuation in
            do throws(Errno) {
                try start { continuation.resume(returning: .success(body())) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }
}
