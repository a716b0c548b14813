// SPDX-License-Identifier: GPL-2.0-only
/* Has a name without an end. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.name = { [0 ... 15] = 'x' },
};
