// SPDX-License-Identifier: GPL-2.0-only
/*
 * The built-in policy: a clock (second chance). Its hand goes through the handler's
 * resident pages in the order of their names; a page that was accessed since the hand
 * last passed is aged and left, another goes. It serves handlers without select(),
 * those whose policy was ejected, and what a policy left undone.
 */
#include "internal.h"

/* Twice around: once to age, once to find. */
#define ROUNDS		2

/* However large the handler is, somebody waits. */
#define TIME_TO_AGE	(50 * (u64)NSEC_PER_MSEC * MMP_SLOWNESS)
#define TIME_TO_TAKE	(10 * (u64)NSEC_PER_MSEC * MMP_SLOWNESS)
#define CALLS		(4 * MMP_MAX_BATCH)

static void go_round(struct mmp_select *sel, bool take_young)
{
	u64 wanted = sel->pub.wanted, start = sel->handler->hand;
	struct mm_policy_page *p = NULL;

	mmp_walk_begin(sel, start, MM_POLICY_WALK_WRAP | MM_POLICY_WALK_AGE);
	while (sel->pub.wanted && (p = mmp_walk_next(sel))) {
		sel->handler->hand = p->page + p->nr;
		if (!(p->flags & MM_POLICY_PAGE_LOCKED) &&
		    (take_young || !(p->flags & MM_POLICY_PAGE_YOUNG)) &&
		    mmp_select_evict(sel, p->page) == -EDQUOT)
			break;
	}
	/*
	 * If the time ended in a hole, go on there the next time. All around for nothing,
	 * the oldest page is where it began, and not behind the hole that follows the last.
	 */
	if (sel->pub.wanted && sel->shown == sel->nr_gathered)
		sel->handler->hand = sel->cursor;
	else if (!p && sel->pub.wanted == wanted)
		sel->handler->hand = start;
	mmp_walk_end(sel);
}

void mmp_clock_select(struct mmp_select *sel)
{
	int i;

	sel->may_rest = true;
	mmp_select_allow(sel, TIME_TO_AGE, CALLS);
	for (i = 0; i < ROUNDS && sel->pub.wanted; i++)
		go_round(sel, false);
	if (sel->pub.wanted && !sel->nr) {
		/* All are young, as far as there was time to look */
		mmp_select_allow(sel, TIME_TO_TAKE, CALLS);
		go_round(sel, true);
	}
	sel->may_rest = false;
}
