// SPDX-License-Identifier: Apache-2.0
//
// crowd - makes connections over loopback that end in TIME-WAIT
//
//   crowd COUNT
//
// To 20 addresses, each with a port from 8080 on, from ports that the kernel chooses; every tenth is closed first by
// the end that was called, the others by the end that called.

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { addresses = 20 };

static struct sockaddr_in address(int i) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(8080 + i),
                                .sin_addr.s_addr = htonl(0x7f000001 + i)};
}

int main(int count, char **words) {
    int wanted = count > 1 ? atoi(words[1]) : 0, listeners[addresses], one = 1;
    for (int i = 0; i < addresses; i++) {
        struct sockaddr_in here = address(i);
        listeners[i] = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(listeners[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(listeners[i], (void *)&here, sizeof here) || listen(listeners[i], 16)) {
            perror("crowd: listen");
            return 1;
        }
    }
    for (int made = 0; made < wanted; made++) {
        struct sockaddr_in there = address(made % addresses);
        int caller = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(caller, (void *)&there, sizeof there)) {
            perror("crowd: connect");
            return 1;
        }
        int called = accept(listeners[made % addresses], 0, 0);
        int called_first = made / addresses % 10 == 0;
        close(called_first ? called : caller);
        close(called_first ? caller : called);
    }
    return 0;
}
