// SPDX-License-Identifier: GPL-2.0-only
/* Has no name. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.name = "",
};
