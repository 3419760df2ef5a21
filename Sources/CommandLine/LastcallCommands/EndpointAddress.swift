// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import TCPSockets

/// The address of an endpoint.
enum EndpointAddress {
    /// A name is looked up; the first of several addresses counts, as with most programs.
    static func address(of endpoint: EndpointArgument) async throws(UsageError) -> InternetAddress {
        guard let host = endpoint.host else {
            throw UsageError("\(ProgramOutput.quoted(endpoint.text)): name the host as well")
        }
        let addresses: [InternetAddress]
        do throws(NameResolutionFailure) {
            addresses = try await NameResolver().addresses(of: host)
        } catch {
            throw UsageError(error.message)
        }
        guard let first = addresses.first else {
            throw UsageError("\(ProgramOutput.quoted(host)) has no address")
        }
        return first
    }
}
