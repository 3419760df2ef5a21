// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import Threads

/// Runs the body on a thread of its own, between two private networks.
func onPrivateNetworks<Result: Sendable>(
    _ plan: NetworkPlan = NetworkPlan(),
    _ body: @escaping @Sendable (PrivateNetworks) throws -> Result
) async throws -> Result {
    try await DetachedThread.run { () -> Swift.Result<Result, any Error> in
        Swift.Result { try body(PrivateNetworks(plan)) }
    }
    .get()
}
