// SPDX-License-Identifier: Apache-2.0

#include "CStandardDescriptors.h"

#include <errno.h>
#include <fcntl.h>

static int closed_at_start;

// Before main: the run-time library of an asynchronous main opens descriptors of its own, and would
// take the free numbers.
__attribute__((constructor)) static void replace_closed(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        closed_at_start |= 1 << descriptor;
        // open(2) gives the lowest free number: this one.
        (void)open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY);
    }
}

int lastcall_descriptors_closed_at_start(void) { return closed_at_start; }
