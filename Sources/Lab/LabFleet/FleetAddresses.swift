// SPDX-License-Identifier: Apache-2.0

/// The addresses of the fleet: 250 hosts in each of 256 small blocks of 10.77.0.0/16.
package enum FleetAddresses {
    /// The first and the last of each small block are nobody's, so that no host looks like a network.
    private static let perBlock = 250
    private static let block: UInt32 = 0x0a4d_0000

    /// How many hosts there can be.
    package static let most = 256 * perBlock
    /// How many first bits all of them have in common.
    static let prefixLength = 16
    /// Where connections to them come from.
    package static let client: UInt32 = block | 0xfffe

    /// The address of a host, in host byte order.
    static func address(of host: Int) -> UInt32 {
        block | UInt32(host / perBlock) << 8 | UInt32(1 + host % perBlock)
    }

    /// Which host has this address.
    static func host(at address: UInt32) -> Int {
        Int(address >> 8 & 0xff) * perBlock + Int(address & 0xff) - 1
    }

    /// An address as people write it.
    package static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { "\(address >> $0 & 0xff)" }.joined(separator: ".")
    }

    /// So many hosts as a pattern, `10.77.[0-3].[1-250],10.77.4.[1-24]`.
    package static func pattern(_ count: Int) -> String {
        let (blocks, rest) = count.quotientAndRemainder(dividingBy: perBlock)
        var parts: [String] = []
        if blocks == 1 { parts.append("10.77.0.[1-\(perBlock)]") }
        if blocks > 1 { parts.append("10.77.[0-\(blocks - 1)].[1-\(perBlock)]") }
        if rest == 1 { parts.append("10.77.\(blocks).1") }
        if rest > 1 { parts.append("10.77.\(blocks).[1-\(rest)]") }
        return parts.joined(separator: ",")
    }
}
