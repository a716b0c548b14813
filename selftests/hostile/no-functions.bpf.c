// SPDX-License-Identifier: GPL-2.0-only
/* Is a name and nothing else. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.name = "no-functions",
};
