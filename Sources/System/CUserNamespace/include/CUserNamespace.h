// SPDX-License-Identifier: Apache-2.0
//
// A user namespace for this process, made before any other code of it runs: the kernel gives one
// to a process with a single thread only (user_namespaces(7)).

#pragma once

/// The variable of the environment that asks for one; it is taken out again.
#define LASTCALL_USER_NAMESPACE "LASTCALL_USER_NAMESPACE"

/// What came of it: -1 when none was asked for, 0 when the process has one, else errno.
int lastcall_user_namespace_result(void);

/// Runs this program again, with the same arguments and a user namespace. Returns only on failure,
/// with errno.
int lastcall_run_again_in_user_namespace(char *const arguments[]);
