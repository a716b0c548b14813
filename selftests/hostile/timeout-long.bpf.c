// SPDX-License-Identifier: GPL-2.0-only
/* Wants more time than anybody may have. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.timeout = 100001,
	.name = "timeout-long",
};
