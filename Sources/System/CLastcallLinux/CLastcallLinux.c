// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLastcallLinux.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

int lastcall_unshare_network(void) { return unshare(CLONE_NEWNET); }

int lastcall_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

static void name_interface(struct ifreq *request, const char *name) {
    memset(request, 0, sizeof *request);
    strncpy(request->ifr_name, name, sizeof request->ifr_name - 1);
}

int lastcall_become_file_system_user(unsigned user) {
    setfsuid(user);
    // It answers what was before, not whether it worked; the number -1 changes nothing.
    return setfsuid((uid_t)-1) == (int)user;
}

int lastcall_interface_index(const char *name) { return (int)if_nametoindex(name); }

int lastcall_attach_tun(int descriptor, const char *name) {
    struct ifreq request;
    name_interface(&request, name);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    return ioctl(descriptor, TUNSETIFF, &request);
}

int lastcall_set_interface_address(
    int socket, const char *name, uint32_t address, uint32_t mask) {
    struct ifreq request;
    struct sockaddr_in form = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    name_interface(&request, name);
    memcpy(&request.ifr_addr, &form, sizeof form);
    if (ioctl(socket, SIOCSIFADDR, &request) != 0) return -1;
    form.sin_addr.s_addr = htonl(mask);
    memcpy(&request.ifr_netmask, &form, sizeof form);
    return ioctl(socket, SIOCSIFNETMASK, &request);
}

int lastcall_set_interface_address6(
    const char *name, uint64_t high, uint64_t low, uint32_t prefix) {
    // struct in6_ifreq, whose header gets along with none of the C library's.
    struct {
        uint64_t address[2];
        uint32_t prefix;
        int interface;
    } request = {{htobe64(high), htobe64(low)}, prefix, lastcall_interface_index(name)};
    int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return -1;
    int result = ioctl(control, SIOCSIFADDR, &request), saved = errno;
    close(control);
    errno = saved;
    return result;
}

int lastcall_set_interface_queue(int socket, const char *name, int length) {
    struct ifreq request;
    name_interface(&request, name);
    request.ifr_qlen = length;
    return ioctl(socket, SIOCSIFTXQLEN, &request);
}

int lastcall_raise_interface(int socket, const char *name, int without_arp) {
    struct ifreq request;
    name_interface(&request, name);
    if (ioctl(socket, SIOCGIFFLAGS, &request) != 0) return -1;
    request.ifr_flags |= IFF_UP | (without_arp ? IFF_NOARP : 0);
    return ioctl(socket, SIOCSIFFLAGS, &request);
}

int lastcall_compute_checksums(int socket, const char *name) {
    struct ifreq request;
    struct ethtool_value off = {.cmd = ETHTOOL_STXCSUM, .data = 0};
    name_interface(&request, name);
    request.ifr_data = (void *)&off;
    return ioctl(socket, SIOCETHTOOL, &request);
}

int lastcall_packet_socket(int interface) {
    // Every protocol: IPv4 and IPv6 are wanted.
    struct sockaddr_ll form = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    // Protocol 0 until it is bound: nothing of other interfaces gets in.
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    form.sll_ifindex = interface;
    // The device's queue is set up a moment after its carrier: until then it would lose packets.
    int on = 1;
    if (setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0 ||
        bind(descriptor, (struct sockaddr *)&form, sizeof form) != 0) {
        int saved = errno;
        close(descriptor);
        errno = saved;
        return -1;
    }
    return descriptor;
}

ssize_t lastcall_packet_send(
    int descriptor, int interface, const uint8_t station[6], const void *bytes, size_t count) {
    int is_v6 = count > 0 && *(const uint8_t *)bytes >> 4 == 6;
    struct sockaddr_ll form = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(is_v6 ? ETH_P_IPV6 : ETH_P_IP),
        .sll_halen = 6,
    };
    form.sll_ifindex = interface;
    memcpy(form.sll_addr, station, 6);
    return sendto(descriptor, bytes, count, 0, (struct sockaddr *)&form, sizeof form);
}

ssize_t lastcall_packet_receive(int descriptor, void *bytes, size_t count, int *is_outgoing) {
    struct sockaddr_ll form;
    socklen_t length = sizeof form;
    ssize_t result = recvfrom(descriptor, bytes, count, 0, (struct sockaddr *)&form, &length);
    *is_outgoing = result >= 0 && form.sll_pkttype == PACKET_OUTGOING;
    return result;
}

pid_t lastcall_fork_holder(int kept) {
    int ready[2];
    char byte;
    if (pipe2(ready, O_CLOEXEC) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        // Of a process with threads: only what signal-safety(7) allows. The copies of sockets that
        // are not kept go at once, because closing the originals does nothing until they do.
        unsigned low = kept < ready[1] ? kept : ready[1], high = kept < ready[1] ? ready[1] : kept;
        if (low > 0) close_range(0, low - 1, 0);
        if (high > low + 1) close_range(low + 1, high - 1, 0);
        close_range(high + 1, ~0U, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ready[1]);
        for (;;) pause();
    }
    int saved = errno;
    close(ready[1]);
    // Returns when the child has let go of everything else, or is dead.
    while (read(ready[0], &byte, 1) < 0 && errno == EINTR) {}
    close(ready[0]);
    errno = saved;
    return child;
}

int lastcall_copy_descriptor(pid_t process, int descriptor) {
    int handle = (int)syscall(SYS_pidfd_open, process, 0);
    if (handle < 0) return -1;
    int copy = (int)syscall(SYS_pidfd_getfd, handle, descriptor, 0);
    int saved = errno;
    close(handle);
    errno = saved;
    return copy;
}

// By number: the C library has names for these since glibc 2.36 only.
int lastcall_memory_directory(void) {
    enum { create = 6, close_on_exec = 1 };
    int context = (int)syscall(430 /* fsopen */, "tmpfs", close_on_exec);
    if (context < 0 && errno == EPERM && unshare(CLONE_NEWNS) == 0)
        context = (int)syscall(430, "tmpfs", close_on_exec);
    if (context < 0) return -1;
    int directory = -1;
    if (syscall(431 /* fsconfig */, context, create, 0, 0, 0) == 0) {
        directory = (int)syscall(432 /* fsmount */, context, close_on_exec, 0);
        // Whoever has rights in a user namespace of its own has none in the mounts around it.
        if (directory < 0 && errno == EPERM && unshare(CLONE_NEWNS) == 0)
            directory = (int)syscall(432, context, close_on_exec, 0);
    }
    int failure = errno;
    close(context);
    errno = failure;
    return directory;
}

pid_t lastcall_start_companion(
    char *const arguments[], char *const environment[], uint64_t soft_limit, uint64_t hard_limit) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {.rlim_cur = soft_limit, .rlim_max = hard_limit};
        sigset_t none;
        sigemptyset(&none);
        signal(SIGINT, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        signal(SIGPIPE, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, 0);
        setrlimit(RLIMIT_NOFILE, &limit);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
            execvpe(arguments[0], arguments, environment);
        int code = errno;
        if (write(report[1], &code, sizeof code) < 0) _exit(126);
        _exit(127);
    }
    int failure = errno;
    close(report[1]);
    if (child > 0) {
        int code = 0;
        ssize_t count;
        do count = read(report[0], &code, sizeof code);
        while (count < 0 && errno == EINTR);
        if (count == sizeof code) {
            waitpid(child, 0, 0);
            child = -1;
            failure = code;
        }
    }
    close(report[0]);
    errno = failure;
    return child;
}

int lastcall_await_process(pid_t process) {
    int status;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void lastcall_ignore_keyboard(void) {
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
}
