// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

/// pipe2(2), which <unistd.h> shows to Swift only under _GNU_SOURCE.
int pipe2(int ends[2], int flags);
