// SPDX-License-Identifier: Apache-2.0
//
// ptrace(2) and seccomp(2), which Swift cannot call: the first is variadic, and the second must come
// right before execve(2), in a process of which little is left.

#pragma once

#include <stdint.h>
#include <sys/types.h>

/// Runs this program again with these arguments, as a process that is nobody's child, in a session
/// of its own, without standard input and output; `kept` stays open there. 0, or -1 and errno.
///
/// Whoever becomes another program next has no child of ours to wait for.
int lastcall_start_watcher(char *const arguments[], int kept, pid_t *number);

/// prctl(2) with PR_SET_PTRACER and PR_SET_DUMPABLE: lets a process of this user trace this one.
void lastcall_allow_tracer(pid_t tracer);

/// The number of this thread (gettid(2)).
pid_t lastcall_thread_number(void);

/// Makes bind(2), listen(2) and connect(2) of this thread, and of whatever comes of it, stop for its
/// tracer, and becomes another program, found along PATH, with the signal mask that this process
/// began with. Returns only on failure, with errno; `*is_filter` says whether the filter failed.
int lastcall_become_watched(char *const arguments[], int *is_filter);

/// PTRACE_SEIZE: traces a thread and what it starts, without stopping it. 0, or -1 and errno.
int lastcall_trace(pid_t thread);

/// PTRACE_CONT, PTRACE_SYSCALL and PTRACE_LISTEN of a stopped thread. 0, or -1 and errno.
int lastcall_trace_continue(pid_t thread, int signal);
int lastcall_trace_to_exit(pid_t thread, int signal);
int lastcall_trace_listen(pid_t thread);

/// PTRACE_GETEVENTMSG, or 0.
unsigned long lastcall_trace_message(pid_t thread);

/// A system call of a thread that is stopped at it.
struct lastcall_system_call {
    /// 0 bind, 1 listen, 2 connect; -1 for others.
    int call;
    /// The arguments.
    uint64_t arguments[3];
};

/// PTRACE_GET_SYSCALL_INFO at a stop of the filter: the call. 0, or -1 and errno.
int lastcall_trace_call(pid_t thread, struct lastcall_system_call *call);

/// The same at the end of a call: its error, 0 when it succeeded, -1 when this is no such stop.
int lastcall_trace_error(pid_t thread);

/// waitpid(2) for any thread that this thread traces: its number, or -1 and errno.
pid_t lastcall_trace_wait(int *status);

/// process_vm_readv(2): bytes of another process; how many, or -1 and errno.
ssize_t lastcall_trace_read(pid_t thread, uint64_t address, void *bytes, size_t count);
