// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLastcallLinux.h"

#include <errno.h>
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
