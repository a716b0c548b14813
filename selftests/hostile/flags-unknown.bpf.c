// SPDX-License-Identifier: GPL-2.0-only
/* Has a flag that means nothing yet. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.flags = 1 << 1,
	.name = "flags-unknown",
};
