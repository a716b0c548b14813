// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#include "internal.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))

static const char *const stat_names[] = {
	[MM_POLICY_STAT_FAULTS]			= "faults",
	[MM_POLICY_STAT_MAJOR]			= "major",
	[MM_POLICY_STAT_FIRST]			= "first",
	[MM_POLICY_STAT_REFAULTS]		= "refaults",
	[MM_POLICY_STAT_COW]			= "cow",
	[MM_POLICY_STAT_EVICTED]		= "evicted",
	[MM_POLICY_STAT_EVICTED_POLICY]		= "evicted_policy",
	[MM_POLICY_STAT_EVICTED_CLOCK]		= "evicted_clock",
	[MM_POLICY_STAT_WRITTEN]		= "written",
	[MM_POLICY_STAT_SELECTS]		= "selects",
	[MM_POLICY_STAT_SHORTFALLS]		= "shortfalls",
	[MM_POLICY_STAT_REFUSED]		= "refused",
	[MM_POLICY_STAT_INVALID]		= "invalid",
	[MM_POLICY_STAT_OVERRUNS]		= "overruns",
	[MM_POLICY_STAT_PREFETCHED]		= "prefetched",
	[MM_POLICY_STAT_PREFETCH_USED]		= "prefetch_used",
	[MM_POLICY_STAT_PREFETCH_WASTED]	= "prefetch_wasted",
	[MM_POLICY_STAT_PREFETCH_REFUSED]	= "prefetch_refused",
	[MM_POLICY_STAT_SELECT_NS]		= "select_ns",
	[MM_POLICY_STAT_PRESSURE]		= "pressure",
	[MM_POLICY_STAT_EJECTIONS]		= "ejections",
};

static const char *const exit_kind_names[] = {
	[MM_POLICY_EXIT_NONE]		= "none",
	[MM_POLICY_EXIT_UNREGISTERED]	= "unregistered",
	[MM_POLICY_EXIT_SWITCHED_OFF]	= "switched off",
	[MM_POLICY_EXIT_BAD_PAGES]	= "bad pages",
	[MM_POLICY_EXIT_SHORTFALL]	= "shortfall",
	[MM_POLICY_EXIT_TIMEOUT]	= "timeout",
	[MM_POLICY_EXIT_ERROR]		= "error",
	[MM_POLICY_EXIT_THRASH]		= "thrash",
};

_Static_assert(ARRAY_SIZE(stat_names) == MM_POLICY_NR_STATS,
	       "each counter has a name");

const char *kaku_stat_str(unsigned int stat)
{
	return stat < ARRAY_SIZE(stat_names) ? stat_names[stat] : NULL;
}

const char *kaku_exit_kind_str(unsigned int kind)
{
	return kind < ARRAY_SIZE(exit_kind_names) ? exit_kind_names[kind] : NULL;
}
