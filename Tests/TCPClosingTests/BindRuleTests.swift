// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

/// Whether the rule is right is asked of the kernel (`KernelTests`); this is about what it says.
@Suite struct `The rule of bind and connect` {
    private static let any = InternetAddress.v4(0)
    private static let here = InternetAddress.v4(0xc000_0201)
    private static let dual = InternetAddress.v6(high: 0, low: 0, zone: 0)
    private static let remote = Destination(address: .v4(0xc000_0202), port: 514)

    private func holder(
        _ state: PortHolderState, at address: InternetAddress = here, address flag: Bool? = nil,
        port: Bool? = nil, user: UInt32? = 0
    ) -> PortHolder {
        var holder = PortHolder(
            state, origin: .explicit, at: address, port: 80,
            remote: state.hasFourTuple ? Self.remote : nil)
        holder.isIPv6Only = false
        holder.reusesAddress = flag
        holder.reusesPort = port
        holder.userID = user
        holder.hasTimestamps = true
        holder.age = .zero
        return holder
    }

    @Test func `lets anything be bound where nothing is`() {
        let request = BindRequest(Self.any, port: 80)
        #expect(BindRule.bind(request, among: []) == .succeeds)
        var other = holder(.listening)
        other.port = 81
        #expect(BindRule.bind(request, among: [other]) == .succeeds)
    }

    @Test func `says that it depends on SO_REUSEADDR of what nobody owns`() throws {
        let request = BindRequest(Self.here, port: 80, reusesAddress: true)
        let old = holder(.timeWait, user: nil)
        guard case .depends(let obstacles) = BindRule.bind(request, among: [old]) else {
            Issue.record("it does not depend")
            return
        }
        let obstacle = try #require(obstacles.first)
        #expect(obstacle.dependsOn == [.reuseAddress])
        #expect(obstacle.overlap == .same)
        #expect(obstacle.lacks == [.requestWithoutReusePort])
    }

    @Test func `does not depend on what the request rules out`() throws {
        let request = BindRequest(Self.here, port: 80)
        let outcome = BindRule.bind(request, among: [holder(.timeWait, user: nil)])
        let obstacle = try #require(outcome.obstacles.first)
        #expect(outcome == .addressInUse([obstacle]))
        #expect(obstacle.isCertain)
        #expect(obstacle.lacks == [.requestWithoutReuseAddress, .requestWithoutReusePort])
    }

    @Test func `depends on the user only with SO_REUSEPORT on both sides`() throws {
        let request = BindRequest(Self.here, port: 80, reusesPort: true, userID: 7)
        let known = holder(.listening, address: false, port: true, user: nil)
        #expect(BindRule.bind(request, among: [known]).obstacles.map(\.dependsOn) == [[.user]])
        let unknown = holder(.listening, address: false, user: nil)
        #expect(
            BindRule.bind(request, among: [unknown]).obstacles.map(\.dependsOn)
                == [[.reusePort, .user]])
        let mini = holder(.timeWait, address: false, user: nil)
        #expect(
            BindRule.bind(request, among: [mini]).obstacles.map(\.dependsOn) == [[.reusePort]])
    }

    @Test func `puts what is certain first`() {
        let request = BindRequest(Self.any, port: 80, reusesAddress: true)
        let outcome = BindRule.bind(request, among: [holder(.timeWait), holder(.listening)])
        #expect(outcome.obstacles.map(\.holder.state) == [.listening, .timeWait])
        #expect(outcome.obstacles.first?.lacks.first == .holderListens)
        guard case .addressInUse = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func `names the IPv6 socket that blocks IPv4, and the trap of one that is connected`() {
        let request = BindRequest(Self.any, port: 80)
        let dual = holder(.listening, at: Self.dual)
        #expect(
            BindRule.bind(request, among: [dual]).obstacles.map(\.overlap) == [.holderTakesIPv4])
        var connection = holder(.established, at: .v6(high: 1, low: 1, zone: 0))
        #expect(
            BindRule.bind(request, among: [connection]).obstacles.map(\.overlap)
                == [.ipv6ConnectionBlocksIPv4])
        connection.isIPv6Only = nil
        #expect(
            BindRule.bind(request, among: [connection]).obstacles.map(\.dependsOn) == [[.ipv6Only]])
    }

    @Test func `has listen fail in the race that SO_REUSEADDR leaves open`() {
        let request = BindRequest(Self.here, port: 80, reusesAddress: true, userID: 1234)
        let victim = holder(.bound, at: Self.any, address: true, port: false)
        #expect(BindRule.bind(request, among: [victim]) == .succeeds)
        #expect(BindRule.listen(request, among: [victim]) == .succeeds)
        let late = BindRule.listenLate(request, after: victim)
        #expect(late.obstacles.map(\.lacks.first) == [.holderListens])
    }

    @Test func `says which mini-socket connect displaces, or that it cannot know`() {
        let request = ConnectRequest(from: Self.here, to: Self.remote)
        var old = holder(.timeWait)
        #expect(BindRule.connect(request, from: 80, among: [old]) == .displaces(old))
        old.hasTimestamps = nil
        let outcome = BindRule.connect(request, from: 80, among: [old])
        #expect(outcome.obstacles.map(\.reason) == [.notTakenOver(.withoutTimestamps)])
        #expect(outcome.obstacles.map(\.dependsOn) == [[.timestamps]])
    }

    @Test(arguments: [
        (
            PortHolderState.established, true, PortOrigin.chosenByConnect,
            ConnectObstacle.Reason.sameConnection
        ),
        (.timeWait, false, .chosenByConnect, .notTakenOver(.withoutTimestamps)),
        (.finWait2Record, true, .chosenByConnect, .notTakenOver(.finWait2)),
        (.timeWait, true, .chosenByConnect, .notTakenOver(.notAllowed)),
        (.listening, true, .explicit, .portNotChosenByConnect),
    ])
    func `says why the kernel does not choose a port`(
        state: PortHolderState, timestamps: Bool, origin: PortOrigin,
        reason: ConnectObstacle.Reason
    ) {
        var holder = holder(state)
        holder.hasTimestamps = timestamps
        holder.origin = origin
        let request = ConnectRequest(from: Self.here, to: Self.remote)
        let outcome = BindRule.connect(request, choosing: 80, among: [holder])
        #expect(outcome.obstacles.map(\.reason) == [reason])
    }

    @Test func `has TIME-WAIT rest before the kernel chooses its port again`() {
        var old = holder(.timeWait)
        old.origin = .chosenByConnect
        let reuse = TimeWaitReuseSettings(.on)
        let request = ConnectRequest(from: Self.here, to: Self.remote, reuse: reuse)
        let early = BindRule.connect(request, choosing: 80, among: [old])
        #expect(early.obstacles.map(\.reason) == [.notTakenOver(.tooYoung)])
        old.age = .milliseconds(1_001)
        #expect(BindRule.connect(request, choosing: 80, among: [old]) == .displaces(old))
    }
}
