// SPDX-License-Identifier: Apache-2.0
//
// What the standard descriptors were before any code of this program ran.

#pragma once

/// Which of the descriptors 0, 1, 2 were closed when the process began: bit n for descriptor n.
///
/// They have been opened on /dev/null since.
int lastcall_descriptors_closed_at_start(void);
