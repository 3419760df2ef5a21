// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CUserNamespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int result = -1;

static int write_file(const char *path, const char *text) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    int failure = write(descriptor, text, strlen(text)) < 0 ? errno : 0;
    close(descriptor);
    return failure;
}

// Root of the namespace is the user outside, and nobody else exists (user_namespaces(7)).
static int make(void) {
    char line[64];
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return errno;
    int failure = write_file("/proc/self/setgroups", "deny");
    if (failure != 0) return failure;
    snprintf(line, sizeof line, "0 %u 1", user);
    failure = write_file("/proc/self/uid_map", line);
    if (failure != 0) return failure;
    snprintf(line, sizeof line, "0 %u 1", group);
    return write_file("/proc/self/gid_map", line);
}

// Before main, as long as this is the only thread.
__attribute__((constructor)) static void make_if_asked(void) {
    if (getenv(LASTCALL_USER_NAMESPACE) == 0) return;
    unsetenv(LASTCALL_USER_NAMESPACE);
    result = make();
}

int lastcall_user_namespace_result(void) { return result; }

int lastcall_run_again_in_user_namespace(char *const arguments[]) {
    if (setenv(LASTCALL_USER_NAMESPACE, "1", 1) != 0) return errno;
    execv("/proc/self/exe", arguments);
    int failure = errno;
    unsetenv(LASTCALL_USER_NAMESPACE);
    return failure;
}
