// SPDX-License-Identifier: Apache-2.0

// libssh (Debian: libssh-dev), as Swift sees it.

#ifndef CLIBSSH_H
#define CLIBSSH_H

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#endif
