// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// A thread of its own, for a loop or for calls that block.
package enum DetachedThread {
    /// Starts a thread that ends when the body returns.
    ///
    /// - Throws: what pthread_create(3) says when the system has no thread left to give.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(Errno) {
        let argument = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw Errno(rawValue: code)
        }
        pthread_detach(thread)
    }

    /// What crosses to the new thread.
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
