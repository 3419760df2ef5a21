// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// A TUN device of the namespace this thread is in; it goes when its descriptor does.
final class TUNDevice: Link {
    private let device: OwnedDescriptor

    /// Makes the device, with nothing configured.
    init() throws(PrivateNetworkError) {
        let path = "/dev/net/tun"
        let descriptor = try systemCall("open \(path)") {
            open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        }
        device = OwnedDescriptor(descriptor)
        try systemCall("ioctl TUNSETIFF") { lastcall_attach_tun(descriptor, interfaceName) }
    }

    var descriptor: Int32 { device.number }

    func receive() throws(PrivateNetworkError) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: longestPacket) { buffer, used in
            repeat {
                count = read(descriptor, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            used = max(count, 0)
        }
        if count >= 0 { return bytes }
        if errno == EAGAIN { return nil }
        throw PrivateNetworkError("read from the TUN device", .init(rawValue: errno))
    }

    func send(_ packet: [UInt8]) throws(PrivateNetworkError) {
        try systemCall("write to the TUN device") { write(descriptor, packet, packet.count) }
    }
}
