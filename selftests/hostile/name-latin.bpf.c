// SPDX-License-Identifier: GPL-2.0-only
/* Has a name with a letter that is none in ASCII. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.name = "h\xf6stile",
};
