// SPDX-License-Identifier: Apache-2.0

import DumpFuzzing

/// libFuzzer's loop, which comes with `-sanitize=fuzzer`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The name that SwiftPM gives to the main function of an executable.
@_cdecl("DumpFuzzer_main")
public func main(
    _ count: Int32, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
    var (count, words) = (count, words)
    return runDriver(&count, &words) { start, length in
        let bytes = Array(UnsafeBufferPointer(start: start, count: length))
        if let fault = FuzzedDump.fault(in: bytes) { fatalError(fault) }
        return 0
    }
}
