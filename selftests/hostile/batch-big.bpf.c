// SPDX-License-Identifier: GPL-2.0-only
/* Wants to select more pages at once than a search can. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.batch = 65,
	.name = "batch-big",
};
