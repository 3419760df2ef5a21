// SPDX-License-Identifier: Apache-2.0

import SSHSessionModel
import Testing

@Suite struct `The limits of phases` {
    private let usual = SSHPhaseLimits()
    private let handshake: [SSHPhase] = [.banner, .keyExchange, .hostKey, .channel, .exec]

    @Test func `are the usual ones within ten seconds`() {
        #expect(SSHPhaseLimits(connectTimeout: .seconds(10)) == usual)
        #expect(handshake.allSatisfy { usual[$0] == .seconds(8) })
    }

    @Test(arguments: 0...600)
    func `are never less than usual, and leave time to name the phase`(seconds: Int) {
        let whole = Duration.seconds(seconds)
        let limits = SSHPhaseLimits(connectTimeout: whole)
        for phase in handshake + [.authentication] {
            let limit = limits[phase] ?? .zero
            #expect(limit >= usual[phase] ?? .zero)
            #expect(limit < whole || limit == usual[phase])
        }
        #expect(limits.closing == usual.closing)
    }

    @Test func `grow with the time that a host is given`() {
        let limits = SSHPhaseLimits(connectTimeout: .seconds(120))
        #expect(limits[.keyExchange] == .seconds(96))
        #expect(limits[.authentication] == .seconds(96))
        #expect(SSHPhaseLimits(connectTimeout: .seconds(20))[.authentication] == .seconds(30))
    }

    @Test func `are none where a host may take for ever, but for closing`() {
        let limits = SSHPhaseLimits(connectTimeout: nil)
        #expect(SSHPhase.allCases.filter { limits[$0] != nil } == [.closing])
    }
}
