// SPDX-License-Identifier: Apache-2.0
//
// Kernel interfaces that Swift's Glibc module does not show.

#pragma once

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

/// SO_LINGER {on, 0}: close(2) sends RST and discards what is unsent.
int lastcall_set_linger_reset(int descriptor, int on);

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC.
int lastcall_accept(int listener, struct sockaddr_storage *peer);

/// The bits of epoll events, as plain integers (Swift sees the C enum under unwieldy types).
extern const uint32_t lastcall_epoll_in;
extern const uint32_t lastcall_epoll_out;
extern const uint32_t lastcall_epoll_gone;
extern const uint32_t lastcall_epoll_edge;

/// Adds a descriptor to an epoll set; `token` comes back with its events. 0, or -1 and errno.
int lastcall_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);

/// The events and the token of the i-th entry of an array that epoll_wait(2) filled.
uint32_t lastcall_epoll_events(const struct epoll_event *events, int i);
uint64_t lastcall_epoll_token(const struct epoll_event *events, int i);

/// pipe2(2), which <unistd.h> shows to Swift only under _GNU_SOURCE.
int pipe2(int ends[2], int flags);

/// unshare(2), which <sched.h> shows to Swift only under _GNU_SOURCE.
int unshare(int flags);

/// Has a signal written to a descriptor as one byte, its number, whatever thread it comes to;
/// -1 to have it do nothing. System calls it interrupts begin again. 0, or -1 and errno.
///
/// execve(2) sets such a signal back to its default, unlike one that is ignored.
int lastcall_forward_signal(int signal, int descriptor);

/// SO_ATTACH_FILTER: a filter that drops SYNs without ACK and passes all else. 0, or -1 and errno.
int lastcall_attach_syn_filter(int listener);

/// SO_DETACH_FILTER. 0, or -1 and errno.
int lastcall_detach_filter(int descriptor);

/// SO_ATTACH_REUSEPORT_CBPF: new connections go to the position-th socket of the group. 0, or -1.
int lastcall_steer_reuseport(int listener, uint32_t position);

/// SO_MEMINFO: how many segments the kernel has dropped at this socket, or -1 and errno.
int64_t lastcall_dropped_segments(int descriptor);
