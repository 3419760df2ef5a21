// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLastcallLinux.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int lastcall_set_linger_reset(int descriptor, int on) {
    struct linger linger = {.l_onoff = on, .l_linger = 0};
    return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

int lastcall_accept(int listener, struct sockaddr_storage *peer) {
    socklen_t length = sizeof *peer;
    return accept4(listener, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

const uint32_t lastcall_epoll_in = EPOLLIN;
const uint32_t lastcall_epoll_out = EPOLLOUT;
const uint32_t lastcall_epoll_gone = EPOLLERR | EPOLLHUP | EPOLLRDHUP;
const uint32_t lastcall_epoll_edge = EPOLLET;

int lastcall_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u64 = token;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

// struct epoll_event is packed: Swift must not take addresses of its fields.
uint32_t lastcall_epoll_events(const struct epoll_event *events, int i) { return events[i].events; }
uint64_t lastcall_epoll_token(const struct epoll_event *events, int i) { return events[i].data.u64; }

// TCP filters see a segment from its TCP header on; octet 13 holds the flags (RFC 9293 section 3.1).
int lastcall_attach_syn_filter(int listener) {
    enum { flags = 13, syn = 0x02, ack = 0x10 };
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int lastcall_detach_filter(int descriptor) {
    int ignored = 0;
    return setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof ignored);
}

int lastcall_steer_reuseport(int listener, uint32_t position) {
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, position)};
    struct sock_fprog program = {.len = 1, .filter = code};
    return setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

int64_t lastcall_dropped_segments(int descriptor) {
    uint32_t counts[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof counts;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, counts, &length) < 0) return -1;
    return counts[SK_MEMINFO_DROPS];
}

static volatile int forwarding_descriptor = -1;

static void forward(int signal) {
    int saved = errno;
    unsigned char number = (unsigned char)signal;
    // A full pipe has signals enough.
    ssize_t ignored = write(forwarding_descriptor, &number, 1);
    (void)ignored;
    errno = saved;
}

static void do_nothing(int signal) { (void)signal; }

int lastcall_forward_signal(int signal, int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    if (descriptor >= 0) forwarding_descriptor = descriptor;
    action.sa_handler = descriptor >= 0 ? forward : do_nothing;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    return sigaction(signal, &action, 0);
}
