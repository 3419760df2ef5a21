// SPDX-License-Identifier: Apache-2.0

import ClosingLab
import PrivateNetworks

/// The way into networks of our own: as root, or through a user namespace.
enum LabAccess {
    /// Looks at the place, from a user namespace if that is what it takes.
    ///
    /// An ordinary user's program is begun again in a user namespace; the second time this returns.
    static func place(_ plan: NetworkPlan) async throws -> LabPlace {
        try await enter()
        do {
            return try await LabPlace.look(plan: plan)
        } catch let error as PrivateNetworkError {
            if plan.link == .tun {
                throw UsageError("--wire tun: \(error); --wire packet needs no device")
            }
            throw impossible(error)
        }
    }

    /// Sees to it that this process may make networks, by beginning it again if need be.
    static func enter() async throws {
        if let refusal = UserNamespace.refusal { throw impossible(refusal) }
        guard let obstacle = try await UserNamespace.obstacle() else { return }
        guard obstacle.isPermission, !UserNamespace.wasAskedFor else {
            throw impossible(obstacle)
        }
        throw impossible(UserNamespace.runAgain())
    }

    /// What to say where there can be no networks of our own.
    static func impossible(_ error: PrivateNetworkError) -> UsageError {
        UsageError(
            """
            the lab needs network namespaces of its own, and cannot have them: \(error)
              It works as root (CAP_SYS_ADMIN), and for users where the kernel lets them make user
              namespaces: sysctl user.max_user_namespaces, user.max_net_namespaces,
              kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns;
              in a container, its --privileged.
              `lastcall closing` needs none of this: it shows the model's states, orders and figures.
            """)
    }
}
