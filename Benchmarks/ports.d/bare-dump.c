// SPDX-License-Identifier: Apache-2.0
//
// bare-dump - asks the kernel for its TCP sockets and does nothing with the answer
//
//   bare-dump [PORT]              all sockets, or those with this local port, by one request
//   bare-dump --by-family [PORT]  by one request for each family, as ss does it
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
        struct { struct nlmsghdr head; struct inet_diag_req body; } request = {
            {sizeof request, TCPDIAG_GETSOCK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
            {.id.idiag_sport = htons(atoi(port)), .idiag_states = ~0u}};
        ask(netlink, &request, sizeof request);
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
