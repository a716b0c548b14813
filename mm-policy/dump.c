// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: what is known of each handler, for whoever has to find out why a policy was
 * ejected. Its last search, its words and what it has counted stay as they were then.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "internal.h"

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

static_assert(ARRAY_SIZE(stat_names) == MM_POLICY_NR_STATS);

static void show_numbers(struct seq_file *m, const char *name, const u64 *numbers,
			 unsigned int nr)
{
	unsigned int i;

	seq_printf(m, "  %s", name);
	for (i = 0; i < nr; i++)
		seq_printf(m, " %#llx", numbers[i]);
	seq_putc(m, '\n');
}

static void show_counters(struct seq_file *m, struct mmp_handler *h)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stat_names); i++)
		seq_printf(m, "  %s %llu\n", stat_names[i], mmp_stat_told(h, i));
}

static void show_search(struct seq_file *m, const struct mmp_search *s)
{
	seq_printf(m, "  search why %u node %d wanted %llu fault %#llx given %u returned %d ns %llu calls_left %u\n",
		   s->why, s->node, s->wanted, s->fault, s->given, s->returned, s->ns,
		   s->calls_left);
}

/* Under mmp_mutex. Much of it may be changing: a picture, not an account. */
static void show_handler(struct seq_file *m, struct mmp_handler *h)
{
	/* Its message is there by then */
	u32 kind = smp_load_acquire(&h->exit);
	struct mmp_space *space;
	unsigned long index;

	seq_printf(m, "handler %u policy %s user %u exit %u %s\n", h->pub.id, h->policy_name,
		   from_kuid(&init_user_ns, h->uid), kind, kind ? h->message : "");
	seq_printf(m, "  limit %llu held %lu file %lu shmem %lu laundry %ld ahead %u\n",
		   h->pub.limit, mmp_held_exactly(h), mmp_held_kind(h, MMP_FILE),
		   mmp_held_kind(h, MMP_SHMEM), atomic_long_read(&h->nr_laundry),
		   READ_ONCE(h->nr_ahead));
	seq_puts(m, "  arg ");
	seq_escape(m, h->pub.arg, "\n\\");
	seq_putc(m, '\n');
	show_numbers(m, "args", h->pub.args, MM_POLICY_NR_ARGS);
	show_numbers(m, "priv", h->pub.priv, MM_POLICY_NR_PRIV);
	seq_printf(m, "  in_row short %u late %u near %u\n", h->short_in_row, h->late_in_row,
		   h->near_in_row);
	show_search(m, &h->last);
	show_counters(m, h);
	rcu_read_lock();
	xa_for_each(&h->spaces, index, space)
		seq_printf(m, "  space %lu tag %u pid %d\n", index, space->pub.tag,
			   space->pub.pid);
	rcu_read_unlock();
}

static int handlers_show(struct seq_file *m, void *unused)
{
	struct mmp_handler *h;

	mutex_lock(&mmp_mutex);
	list_for_each_entry(h, &mmp_handlers, all)
		show_handler(m, h);
	mutex_unlock(&mmp_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(handlers);

void __init mmp_dump_init(void)
{
	debugfs_create_file("handlers", 0400, debugfs_create_dir("mm_policy", NULL), NULL,
			    &handlers_fops);
}
