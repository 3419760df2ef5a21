// SPDX-License-Identifier: Apache-2.0

import LastcallCommands

@main
enum Main {
    static func main() async { await Lastcall.start() }
}
