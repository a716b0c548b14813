// SPDX-License-Identifier: GPL-2.0-only
#define NAME	calls_runs
#define FLAGS	MM_POLICY_RUNS
#include "calls.bpf.h"
