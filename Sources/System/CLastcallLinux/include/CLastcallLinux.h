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
#include <sys/types.h>

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

/// unshare(2) with CLONE_NEWNET: this thread gets a network namespace of its own.
int lastcall_unshare_network(void);

/// setns(2) with CLONE_NEWNET: this thread goes into the namespace of a descriptor.
int lastcall_enter_network(int descriptor);

/// TUNSETIFF: gives a descriptor of /dev/net/tun its interface, of IP packets without a header.
int lastcall_attach_tun(int descriptor, const char *name);

/// netdevice(7), on any socket of the namespace: address and mask (host byte order), the length of
/// the queue, and up, with IFF_NOARP or without.
int lastcall_set_interface_address(
    int socket, const char *name, uint32_t address, uint32_t mask);
int lastcall_set_interface_queue(int socket, const char *name, int length);
int lastcall_raise_interface(int socket, const char *name, int without_arp);

/// ETHTOOL_STXCSUM off: the kernel computes checksums itself, so that a packet that is read from
/// the wire has a whole one.
int lastcall_compute_checksums(int socket, const char *name);

/// setfsuid(2): whose sockets and files this thread makes; whether the kernel has let it.
int lastcall_become_file_system_user(unsigned user);

/// if_nametoindex(3), for this thread's namespace; 0 when there is no such interface.
int lastcall_interface_index(const char *name);

/// Gives an interface of this thread's namespace an IPv6 address; `prefix` in bits.
int lastcall_set_interface_address6(
    const char *name, uint64_t high, uint64_t low, uint32_t prefix);

/// A non-blocking packet(7) socket for the packets of one interface, without their frames.
int lastcall_packet_socket(int interface);

/// Sends an IPv4 or IPv6 packet from an interface to the station with this address.
ssize_t lastcall_packet_send(
    int descriptor, int interface, const uint8_t station[6], const void *bytes, size_t count);

/// Receives a packet; says whether it was this machine's own on its way out.
ssize_t lastcall_packet_receive(int descriptor, void *bytes, size_t count, int *is_outgoing);

/// fork(2): a child that holds a copy of one descriptor, nothing else, and does nothing; it is
/// killed when the thread that called ends. Returns when the child is ready: its number, or -1.
pid_t lastcall_fork_holder(int kept);

/// pidfd_open(2) and pidfd_getfd(2): a copy of another process's descriptor; close-on-exec. The
/// descriptor, or -1 and errno.
int lastcall_copy_descriptor(pid_t process, int descriptor);

/// SO_ATTACH_FILTER: a filter that drops SYNs without ACK and passes all else. 0, or -1 and errno.
int lastcall_attach_syn_filter(int listener);

/// SO_DETACH_FILTER. 0, or -1 and errno.
int lastcall_detach_filter(int descriptor);

/// SO_ATTACH_REUSEPORT_CBPF: new connections go to the position-th socket of the group. 0, or -1.
int lastcall_steer_reuseport(int listener, uint32_t position);

/// SO_MEMINFO: how many segments the kernel has dropped at this socket, or -1 and errno.
int64_t lastcall_dropped_segments(int descriptor);

/// A directory of memory that no path leads to but /proc/PID/fd/N of the descriptor returned: it is
/// gone when the descriptor is (fsopen(2), tmpfs). -1 and errno.
int lastcall_memory_directory(void);

/// Starts a program that is killed when the thread that called ends, with these limits of open files
/// and the usual signals. Its number, or -1 and errno, also when there is no such program.
pid_t lastcall_start_companion(
    char *const arguments[], char *const environment[], uint64_t soft_limit, uint64_t hard_limit);

/// Waits for a process: its exit status, or 128 + the signal that ended it. -1 and errno.
int lastcall_await_process(pid_t process);

/// Leaves it to others what the keyboard's signals mean (SIGINT, SIGQUIT).
void lastcall_ignore_keyboard(void);
