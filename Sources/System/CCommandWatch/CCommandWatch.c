// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CCommandWatch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "name the architecture as <linux/audit.h> does"
#endif

static sigset_t mask_at_start;

// Threads of the run-time library block signals, and execve(2) would hand that on.
__attribute__((constructor)) static void remember_mask(void) {
    pthread_sigmask(SIG_SETMASK, 0, &mask_at_start);
}

// In the child of a process with threads: only what signal-safety(7) allows.
static void become_watcher(char *const arguments[], int kept, int report) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t number = getpid();
    sigset_t none;
    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || fcntl(kept, F_SETFD, 0) < 0 ||
        write(report, &number, sizeof number) != sizeof number) {
        _exit(127);
    }
    execv("/proc/self/exe", arguments);
    _exit(127);
}

int lastcall_start_watcher(char *const arguments[], int kept, pid_t *number) {
    int report[2], status;
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) become_watcher(arguments, kept, report[1]);
        _exit(grandchild < 0);
    }
    int saved = errno;
    close(report[1]);
    ssize_t count = -1;
    if (child > 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        while ((count = read(report[0], number, sizeof *number)) < 0 && errno == EINTR) {}
        saved = EAGAIN;
    }
    close(report[0]);
    errno = saved;
    return count == sizeof *number ? 0 : -1;
}

void lastcall_allow_tracer(pid_t tracer) {
    prctl(PR_SET_PTRACER, tracer, 0, 0, 0);
    // A program with capabilities of its own (setcap) is closed to its user; this one has no secrets.
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

pid_t lastcall_thread_number(void) { return (pid_t)syscall(SYS_gettid); }

static int install_filter(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bind, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_listen, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return 0;
    // Without privilege the kernel asks that nothing below gains any by a set-user-ID file, which
    // a traced program does not anyhow (execve(2)).
    if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int lastcall_become_watched(char *const arguments[], int *is_filter) {
    *is_filter = 1;
    if (install_filter() != 0) return errno;
    *is_filter = 0;
    pthread_sigmask(SIG_SETMASK, &mask_at_start, 0);
    execvp(arguments[0], arguments);
    return errno;
}

int lastcall_trace(pid_t thread) {
    // Without its tracer, a call that the filter stops would fail with ENOSYS: end it rather.
    long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                   PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
    return (int)ptrace(PTRACE_SEIZE, thread, 0, options);
}

int lastcall_trace_continue(pid_t thread, int signal) {
    return (int)ptrace(PTRACE_CONT, thread, 0, (long)signal);
}

int lastcall_trace_to_exit(pid_t thread, int signal) {
    return (int)ptrace(PTRACE_SYSCALL, thread, 0, (long)signal);
}

int lastcall_trace_listen(pid_t thread) { return (int)ptrace(PTRACE_LISTEN, thread, 0, 0); }

unsigned long lastcall_trace_message(pid_t thread) {
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, thread, 0, &message);
    return message;
}

int lastcall_trace_call(pid_t thread, struct lastcall_system_call *call) {
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0) return -1;
    if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
        errno = EINVAL;
        return -1;
    }
    call->call = info.seccomp.nr == SYS_bind      ? 0
                 : info.seccomp.nr == SYS_listen  ? 1
                 : info.seccomp.nr == SYS_connect ? 2
                                                  : -1;
    for (int i = 0; i < 3; i++) call->arguments[i] = info.seccomp.args[i];
    return 0;
}

int lastcall_trace_error(pid_t thread) {
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0) return -1;
    if (info.op != PTRACE_SYSCALL_INFO_EXIT) return -1;
    return info.exit.is_error ? (int)-info.exit.rval : 0;
}

pid_t lastcall_trace_wait(int *status) { return waitpid(-1, status, __WALL | __WNOTHREAD); }

ssize_t lastcall_trace_read(pid_t thread, uint64_t address, void *bytes, size_t count) {
    struct iovec local = {.iov_base = bytes, .iov_len = count};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = count};
    return process_vm_readv(thread, &local, 1, &remote, 1, 0);
}
