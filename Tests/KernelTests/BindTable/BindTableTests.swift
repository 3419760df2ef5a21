// SPDX-License-Identifier: Apache-2.0

import BindTables
import Foundation
import PrivateNetworks
import TCPClosing
import Testing
import Threads

@Suite struct `BindRule and the kernel` {
    @Test func `agree in every cell`() async throws {
        let cells = BindTableScale.cells
        let result = try await DetachedThread.run { () -> Result<[String], any Error> in
            Result {
                let kernel = try BindKernel()
                var wrong: [String] = []
                for cell in cells {
                    do {
                        wrong += try kernel.row(of: cell).disagreements
                    } catch {
                        wrong.append("\(cell): \(error)")
                    }
                }
                return wrong
            }
        }
        let wrong = try result.get()
        #expect(wrong.isEmpty, "\(wrong.count) wrong:\n\(wrong.prefix(20).joined(separator: "\n"))")
    }
}
