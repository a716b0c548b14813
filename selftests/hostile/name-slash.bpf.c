// SPDX-License-Identifier: GPL-2.0-only
/* Has a name with a slash, which would lead pins elsewhere. */
#include "hostile.bpf.h"

MM_POLICY(policy) = {
	.name = "../hostile",
};
