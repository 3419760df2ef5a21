// SPDX-License-Identifier: Apache-2.0
//
// bare-dump - asks the kernel for its TCP sockets and does nothing with the answer
//
//   bare-dump [PORT]              all sockets, or those with this port at either end; one request
//   bare-dump --by-family [PORT]  all, or those with this local port; one request per family, as ss
//
// The least that a program can do that wants to know: what a tool takes beyond it is the tool's own.
// Prints how many sockets there were.

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char buffer[65536];

/// A filter for the port of either end: local, or else remote.
struct filter {
    struct nlattr head;
    struct inet_diag_bc_op program[5];
};

static void ask(int netlink, const void *request, size_t length) {
    if (send(netlink, request, length, 0) < 0) exit(1);
}

static long receive_all(int netlink) {
    long count = 0;
    for (;;) {
        ssize_t length = recv(netlink, buffer, sizeof buffer, 0);
        if (length <= 0) exit(1);
        for (struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, length);
             message = NLMSG_NEXT(message, length)) {
            if (message->nlmsg_type == NLMSG_DONE) return count;
            if (message->nlmsg_type == NLMSG_ERROR) exit(1);
            count++;
        }
    }
}

int main(int count, char **words) {
    int by_family = count > 1 && strcmp(words[1], "--by-family") == 0;
    const char *port = count > 1 + by_family ? words[1 + by_family] : "0";
    int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
    long sockets = 0;
    if (!by_family) {
        unsigned short number = atoi(port);
        struct { struct nlmsghdr head; struct inet_diag_req body; struct filter filter; } request = {
            {0, TCPDIAG_GETSOCK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
            {.idiag_states = ~0u},
            {{sizeof(struct filter), INET_DIAG_REQ_BYTECODE},
             {{INET_DIAG_BC_S_EQ, 8, 12}, {0, 0, number}, {INET_DIAG_BC_JMP, 4, 12},
              {INET_DIAG_BC_D_EQ, 8, 12}, {0, 0, number}}}};
        request.head.nlmsg_len = sizeof request - (number ? 0 : sizeof(struct filter));
        ask(netlink, &request, request.head.nlmsg_len);
        sockets = receive_all(netlink);
    } else {
        for (int i = 0; i < 2; i++) {
            struct { struct nlmsghdr head; struct inet_diag_req_v2 body; } request = {
                {sizeof request, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
                {.sdiag_family = i ? AF_INET6 : AF_INET, .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = ~0u, .id.idiag_sport = htons(atoi(port))}};
            ask(netlink, &request, sizeof request);
            sockets += receive_all(netlink);
        }
    }
    printf("%ld\n", sockets);
    return 0;
}
