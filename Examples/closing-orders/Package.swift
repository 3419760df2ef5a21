// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "closing-orders",
    dependencies: [.package(name: "lastcall", path: "../..")],
    targets: [
        .executableTarget(
            name: "closing-orders",
            dependencies: [.product(name: "TCPClosing", package: "lastcall")])
    ]
)
