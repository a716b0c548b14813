// SPDX-License-Identifier: GPL-2.0-only
/* Has the built-in policy's name. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.name = "clock",
};
