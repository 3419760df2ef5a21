// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Runs all jobs on one thread, which ends with the executor.
final class OneThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let pipe: (reading: CInt, writing: CInt)

    init() {
        var ends: [CInt] = [-1, -1]
        precondition(Glibc.pipe(&ends) == 0)
        pipe = (ends[0], ends[1])
        var thread = pthread_t()
        let context = Unmanaged.passUnretained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<OneThread>.fromOpaque(context).takeUnretainedValue().work()
                return nil
            }, context)
        pthread_detach(thread)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        var byte: UInt8 = 1
        write(pipe.writing, &byte, 1)
    }

    private func work() {
        var byte: UInt8 = 0
        while read(pipe.reading, &byte, 1) == 1 {
            let job = jobs.withLock { $0.removeFirst() }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
