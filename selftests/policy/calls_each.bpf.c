// SPDX-License-Identifier: GPL-2.0-only
#define NAME	calls_each
#define FLAGS	0
#include "calls.bpf.h"
