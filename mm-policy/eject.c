// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a policy that breaks its contract, and how an administrator stops
 * all of them: by /sys/kernel/mm/policy/enabled or SysRq-P.
 */
#define pr_fmt(fmt) "mm_policy: " fmt

#include <linux/sched/cputime.h>
#include <linux/sched/mm.h>
#include <linux/sysrq.h>

#include <trace/events/mm_policy.h>

#include "internal.h"

/* When a policy is ejected */
#define LATE_IN_ROW	8	/* calls that took too long */
#define INVALID_PAGES	1024	/* and more than a quarter of what was accepted */

bool mmp_enabled = true;

/**
 * mmp_eject - a handler's policy broke its contract
 * @h: the handler
 * @ops: the functions that did; if they are not the handler's any more, nothing
 *	happens. NULL: whatever it has.
 * @kind: enum mm_policy_exit_kind
 * @fmt: for people
 *
 * From here on the built-in clock chooses. Any context.
 */
void mmp_eject(struct mmp_handler *h, const struct mm_policy_ops *ops, u32 kind,
	       const char *fmt, ...)
{
	va_list args;

	if (ops && rcu_access_pointer(h->ops) != ops)
		return;
	if (h->exit || cmpxchg(&h->condemned, 0, 1))
		return;
	va_start(args, fmt);
	vsnprintf(h->message, sizeof(h->message), fmt, args);
	va_end(args);
	/* Whoever sees the kind sees the message */
	smp_store_release(&h->exit, kind);
	WRITE_ONCE(h->wants_faults, false);
	RCU_INIT_POINTER(h->ops, NULL);

	mmp_stat(h, MM_POLICY_STAT_EJECTIONS, 1);
	trace_mm_policy_eject(h->pub.id, kind, h->message);
	pr_info_ratelimited("policy '%s' ejected from handler %u: %s\n", h->policy_name,
			    h->pub.id, h->message);
	if (mmp_handler_get(h) && !queue_work(system_unbound_wq, &h->eject_work))
		mmp_handler_put(h);
}

/* Processor time that a call has taken for certain. Others may have had some meanwhile. */
u64 mmp_time_spent(const struct mmp_call *call)
{
	u64 used = task_sched_runtime(current) - call->used;

	/* Since the tick before it began, the task may have done something else */
	return used > TICK_NSEC ? used - TICK_NSEC : 0;
}

/* A call took its time, or too much of it. */
void mmp_judge_time(struct mmp_handler *h, const struct mm_policy_ops *ops, bool late)
{
	if (!late)
		h->late_in_row = 0;
	else if (++h->late_in_row >= LATE_IN_ROW)
		mmp_eject(h, ops, MM_POLICY_EXIT_TIMEOUT,
			  "it took too long, %u times in a row", h->late_in_row);
}

/* How many of the pages that it proposed can be none of its handler's? */
void mmp_judge_pages(struct mmp_handler *h, const struct mm_policy_ops *ops)
{
	u64 invalid = mmp_stat_sum(h, MM_POLICY_STAT_INVALID) - h->invalid_before;
	u64 chosen = mmp_stat_sum(h, MM_POLICY_STAT_EVICTED_POLICY) - h->chosen_before;

	if (invalid > INVALID_PAGES && invalid * 4 > chosen)
		mmp_eject(h, ops, MM_POLICY_EXIT_BAD_PAGES,
			  "it proposed %llu pages that are not its handler's", invalid);
}

/* The part that sleeps. The reference was taken when it was queued. */
void mmp_eject_work(struct work_struct *work)
{
	struct mmp_handler *h = container_of(work, struct mmp_handler, eject_work);

	mutex_lock(&mmp_mutex);
	if (h->exit)
		mmp_policy_leave(h, h->exit, h->message);
	mutex_unlock(&mmp_mutex);
	wake_up_interruptible_all(&h->ejected);
	mmp_handler_put(h);
}

/* Returns how many address spaces were busy. */
static unsigned int release_spaces(struct mmp_handler *h)
{
	unsigned long index = 0;
	unsigned int busy = 0;

	for (;;) {
		struct mm_struct *mm = NULL;
		struct mmp_space *space;

		xa_lock(&h->spaces);
		space = xa_find(&h->spaces, &index, ULONG_MAX, XA_PRESENT);
		if (space && mmget_not_zero(space->mm))
			mm = space->mm;
		xa_unlock(&h->spaces);
		if (!space)
			break;
		index++;
		if (mm) {
			busy += !mmp_try_detach_all(mm);
			mmput(mm);
		}
		cond_resched();
	}
	return busy;
}

/* The handler with the next greater number than @id, with a reference */
static struct mmp_handler *handler_after(u32 id)
{
	struct mmp_handler *h, *found = NULL;

	mutex_lock(&mmp_mutex);
	list_for_each_entry(h, &mmp_handlers, all)
		if (h->pub.id > id && (!found || h->pub.id < found->pub.id) &&
		    refcount_read(&h->ref))
			found = h;
	/* One that ends meanwhile serves nobody, and comes again without a reference */
	if (found && !mmp_handler_get(found))
		found = NULL;
	mutex_unlock(&mmp_mutex);
	return found;
}

/* Until all is switched on again. Returns what @act returned, added up. */
static unsigned int of_each_handler(unsigned int (*act)(struct mmp_handler *h))
{
	struct mmp_handler *h;
	unsigned int sum = 0;
	u32 id = 0;

	while (!READ_ONCE(mmp_enabled) && (h = handler_after(id))) {
		id = h->pub.id;
		sum += act(h);
		mmp_handler_put(h);
	}
	return sum;
}

static unsigned int switch_policy_off(struct mmp_handler *h)
{
	mmp_eject(h, NULL, MM_POLICY_EXIT_SWITCHED_OFF, "all policies were switched off");
	return 0;
}

/* So long whoever switches off waits for an address space that is busy */
#define SWITCH_OFF_TIME		HZ

static void switch_off_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(switch_off_work, switch_off_work_fn);

/*
 * Everything is as without policies: handlers are left, but serve nobody. First no policy
 * decides anything more; then the clock has nothing more to decide. A process may keep
 * its address space locked for as long as it likes: nobody else waits for it, and it
 * follows when it can.
 */
static void switch_off_work_fn(struct work_struct *work)
{
	unsigned long end = jiffies + SWITCH_OFF_TIME;
	unsigned int busy;

	of_each_handler(switch_policy_off);
	while ((busy = of_each_handler(release_spaces)) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	if (busy) {
		pr_notice("policies are switched off; %u busy address spaces follow\n", busy);
		queue_delayed_work(system_unbound_wq, &switch_off_work, SWITCH_OFF_TIME);
	} else {
		pr_notice("all policies are switched off\n");
	}
}

/* While all is switched off, somebody was attached whom the switch has not seen. */
void mmp_switch_off_again(void)
{
	mod_delayed_work(system_unbound_wq, &switch_off_work, 0);
}

static void forbid(void)
{
	WRITE_ONCE(mmp_enabled, false);
	/* Pairs with publish_space(): forbid first, then look for spaces */
	smp_mb();
}

/* Not in the caller, whom a signal might interrupt half-way */
void mmp_switch_off(void)
{
	forbid();
	mod_delayed_work(system_unbound_wq, &switch_off_work, 0);
	flush_delayed_work(&switch_off_work);
}

/* What is being switched off is off first, but for who is busy. */
void mmp_switch_on(void)
{
	cancel_delayed_work_sync(&switch_off_work);
	WRITE_ONCE(mmp_enabled, true);
}

#ifdef CONFIG_MAGIC_SYSRQ
static void sysrq_switch_off(u8 key)
{
	forbid();
	mod_delayed_work(system_unbound_wq, &switch_off_work, 0);
}

static const struct sysrq_key_op switch_off_op = {
	.handler = sysrq_switch_off,
	.help_msg = "switch-off-paging-policies(P)",
	.action_msg = "Switching off paging policies",
	.enable_mask = SYSRQ_ENABLE_RTNICE,
};

void __init mmp_sysrq_init(void)
{
	register_sysrq_key('P', &switch_off_op);
}
#else
void __init mmp_sysrq_init(void) {}
#endif
