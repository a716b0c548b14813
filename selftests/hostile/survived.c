// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies that come in and mean harm. Each gets a victim, a task with less room than
 * it has pages; beside it run two bystanders, one that nobody manages and one under
 * the built-in clock. Of each it is shown that
 *
 *   the victim ends with its data as they should be,
 *   the policy is ejected for what it did, or, if it broke no rule, is not,
 *   an ejected one can be followed by an honest one,
 *   the limit is kept, but for what is on its way to the disk,
 *   the bystanders' data, faults and held pages are as before, and they did not wait,
 *   and afterwards nothing is held and nobody is registered.
 *
 * usage: survived [NAME]...
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <kselftest.h>

#include "hostile.h"

#define LIMIT		192	/* pages, unless said otherwise */
#define PAGES		320	/* of a victim */
#define ROUNDS		1
#define PATIENCE	60	/* seconds, for one victim */

struct test {
	const char *name;
	const char *claim;
	enum mm_policy_exit_kind exit;
	enum mm_policy_exit_kind or;	/* what it may be ejected for instead */
	bool any_exit;			/* that is not the point */
	bool may_pass;			/* a slow kernel allows so much that it is not slow */
	enum task_kind kind;
	uint32_t limit;		/* pages */
	uint32_t pages;
	uint32_t rounds;
	/* What registering it, making a handler or attaching returns */
	int create_fails;
	int attach_fails;
	/* Its task may make no progress, until the policy is taken from it */
	bool may_stop;
	/* A counter that shows that it did what it is here for */
	enum mm_policy_stat shows;
	/* Milliseconds that a call of select() may take on average; 0: not looked at */
	unsigned int call_ms;
	/* A look at the policy's own variables */
	bool (*inspect)(const struct policy *policy);
	/* It is told where the bystanders' pages are: bystanders_places() */
	bool knows_bystanders;
};

static bool never_within_itself(const struct policy *policy)
{
	uint64_t deepest = policy_variable(policy, ".bss", 0);

	if (deepest != 1)
		ksft_print_msg("its functions were %llu deep in one another\n",
			       (unsigned long long)deepest);
	return deepest == 1;
}

/* The bystanders' 512 pages in 7 address spaces that are not the victim's */
static bool named_others(const struct policy *policy)
{
	uint64_t tried = policy_variable(policy, ".bss", 0);
	uint64_t accepted = policy_variable(policy, ".bss", 8);

	ksft_print_msg("%llu of %llu names were accepted\n", (unsigned long long)accepted,
		       (unsigned long long)tried);
	return tried >= 7 * 512 && !accepted;
}

static const struct test tests[] = {
	/* Too little */
	{ .name = "honest", .claim = "stays",
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "no-functions", .claim = "the clock does everything",
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "no-functions", .claim = "is not blamed for what the clock takes",
	  .kind = TASK_LOOPS, .pages = 196, .rounds = 24,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "honest", .claim = "is not blamed for a loop over more than fits",
	  .kind = TASK_LOOPS, .pages = 196, .rounds = 24,
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "says-nothing", .claim = "is ejected for that",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "stingy", .claim = "one page in 200 searches is too little",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .rounds = 2,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "claims-success", .claim = "is not believed, and ejected",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "returns-error", .claim = "is ejected at once",
	  .exit = MM_POLICY_EXIT_ERROR, .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "returns-garbage", .claim = "is ejected at once",
	  .exit = MM_POLICY_EXIT_ERROR, .shows = MM_POLICY_STAT_EVICTED_CLOCK },

	/* The wrong pages */
	{ .name = "wrong-names", .claim = "is ejected for names without meaning",
	  .exit = MM_POLICY_EXIT_BAD_PAGES, .shows = MM_POLICY_STAT_INVALID },
	{ .name = "kernel-pages", .claim = "is ejected for the kernel's addresses",
	  .exit = MM_POLICY_EXIT_BAD_PAGES, .shows = MM_POLICY_STAT_INVALID },
	{ .name = "others-pages",
	  .claim = "no name is one of a page of another handler's, or of nobody's",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .shows = MM_POLICY_STAT_REFUSED,
	  .knows_bystanders = true, .inspect = named_others },
	{ .name = "same-page", .claim = "a page counts once, proposed 4096 times",
	  .shows = MM_POLICY_STAT_REFUSED },
	{ .name = "waited-page", .claim = "what is waited for stays",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .shows = MM_POLICY_STAT_REFUSED },
	{ .name = "remembers", .claim = "freed ranges are nobody's",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .kind = TASK_UNMAPS,
	  .shows = MM_POLICY_STAT_REFUSED },
	{ .name = "remembers", .claim = "a detached range stays where it is",
	  .any_exit = true, .kind = TASK_DETACHES,
	  .shows = MM_POLICY_STAT_REFUSED },
	{ .name = "locked-pages", .claim = "locked pages stay where they are",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .kind = TASK_LOCKS,
	  .shows = MM_POLICY_STAT_REFUSED },
	{ .name = "locked-pages", .claim = "pinned pages stay where they are",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .kind = TASK_PINS,
	  .shows = MM_POLICY_STAT_REFUSED },
	{ .name = "shared-pages", .claim = "others keep what is shared",
	  .any_exit = true, .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "everything", .claim = "no more goes than is wanted",
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "everything", .claim = "a few pages' room is enough to go on",
	  .limit = 64, .pages = 96, .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "newest-first", .claim = "its task goes on, at the latest without it",
	  .kind = TASK_COPIES, .may_stop = true, .or = MM_POLICY_EXIT_THRASH,
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },

	/* Too long */
	{ .name = "endless-walk", .claim = "its time ends, and it is ejected",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .or = MM_POLICY_EXIT_SHORTFALL,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK, .call_ms = 50 },
	{ .name = "endless-count", .claim = "its time ends, and it is ejected",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .or = MM_POLICY_EXIT_SHORTFALL,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK, .call_ms = 50 },
	{ .name = "endless-work", .claim = "its time ends, and it is ejected",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .or = MM_POLICY_EXIT_SHORTFALL,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK, .call_ms = 50 },
	{ .name = "endless-looks", .claim = "its time ends, and it is ejected",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .or = MM_POLICY_EXIT_SHORTFALL,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK, .call_ms = 50 },
	{ .name = "slow-maps", .claim = "is ejected for its time",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .or = MM_POLICY_EXIT_SHORTFALL,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK, .call_ms = 50 },
	{ .name = "slow-fault", .claim = "is ejected for its time",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .may_pass = true, .limit = 128, .pages = 160,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "slow-gone", .claim = "is ejected for its time",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .may_pass = true, .limit = 128, .pages = 160,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "slow-prefetch", .claim = "is ejected for its time",
	  .exit = MM_POLICY_EXIT_TIMEOUT, .may_pass = true, .limit = 128, .pages = 160,
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "locks-long", .claim = "only its own threads wait for its lock",
	  .kind = TASK_THREADS, .shows = MM_POLICY_STAT_EVICTED_CLOCK },

	/* Reading ahead */
	{ .name = "prefetch-flood", .claim = "reads no more than there is room for",
	  .shows = MM_POLICY_STAT_PREFETCHED },
	{ .name = "prefetch-astray", .claim = "is ejected for others' pages",
	  .exit = MM_POLICY_EXIT_BAD_PAGES, .shows = MM_POLICY_STAT_INVALID },
	{ .name = "prefetch-error", .claim = "is ejected at once",
	  .exit = MM_POLICY_EXIT_ERROR, .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "prefetch-again", .claim = "a page is read once",
	  .shows = MM_POLICY_STAT_PREFETCH_REFUSED },

	/* Walks */
	{ .name = "kept-pages", .claim = "pages of a walk that is over are only names",
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "two-walks", .claim = "the inner walk is empty",
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "half-walks", .claim = "nothing that threads write is lost",
	  .kind = TASK_THREADS, .rounds = 3, .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "odd-walks", .claim = "lead nowhere",
	  .exit = MM_POLICY_EXIT_SHORTFALL, .shows = MM_POLICY_STAT_EVICTED_CLOCK },

	/* Refusals */
	{ .name = "refuses-init", .claim = "there is no handler then",
	  .create_fails = -EACCES },
	{ .name = "init-nonsense", .claim = "that is an error all the same",
	  .create_fails = -4095 },
	{ .name = "refuses-attach", .claim = "its task goes without",
	  .attach_fails = -EPERM },
	{ .name = "refuses-fork", .claim = "a child goes without", .kind = TASK_FORKS,
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },

	/* What it does to itself, and to what it allocates */
	{ .name = "reenters", .claim = "is never called within itself",
	  .kind = TASK_THREADS, .shows = MM_POLICY_STAT_EVICTED_POLICY,
	  .inspect = never_within_itself },
	{ .name = "deep-calls", .claim = "there is stack enough",
	  .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "scribbles", .claim = "only over what is its own",
	  .kind = TASK_THREADS, .shows = MM_POLICY_STAT_EVICTED_POLICY },
	{ .name = "hoards", .claim = "what it hoards goes with it",
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
	{ .name = "floods", .claim = "a full ring is only full",
	  .shows = MM_POLICY_STAT_EVICTED_CLOCK },
};

/* ---------------------------------------------------------------------- victims */

static struct policy hostile, honest;

/*
 * What is on its way to the disk may be a 40th of the limit, or 8 pages; each thread that
 * faults, or reads ahead, just now may be one page ahead of the count. What is read ahead
 * and not touched yet is a quarter at most, beyond the limit only while a run goes on.
 */
static void check_room(const struct test *test, const struct mm_policy_info *info)
{
	uint64_t laundry = info->limit / 40 > 8 * PAGE ? info->limit / 40 : 8 * PAGE;
	/* What comes back from there counts twice until the next search: often, if all is slow */
	uint64_t used = info->held + (is_slow_kernel() ? 0 : info->laundry);

	if (test->kind == TASK_FORKS || !info->limit)
		return;
	if (used > info->limit + laundry + 8 * PAGE || info->ahead > info->limit / 4 + 8 * PAGE)
		complain("it used %llu bytes of %llu, and read %llu ahead",
			 (unsigned long long)used, (unsigned long long)info->limit,
			 (unsigned long long)info->ahead);
}

/* Waits for the victim's first part, with an eye on the limit. */
static bool watch(const struct test *test, struct task *victim, int handler)
{
	uint64_t end = now_us() + (test->may_stop ? 1 : PATIENCE) * 1000000ULL;
	struct mm_policy_info info;

	while (!task_wait(victim, 1, 0)) {
		if (now_us() > end || (kill(victim->pid, 0) && errno == ESRCH))
			return false;
		if (good && victim->report->attached && !handler_info(handler, &info))
			check_room(test, &info);
		usleep(10000);
	}
	return true;
}

/* Is it in the dump, with why it was ejected, and its last search? */
static void check_dump(const struct mm_policy_info *info)
{
	FILE *dump = fopen("/sys/kernel/debug/mm_policy/handlers", "r");
	bool its = false, found = false, searched = false;
	char line[512], wanted[256];

	snprintf(wanted, sizeof(wanted), "handler %u policy %s user %u exit %u %s\n",
		 info->id, info->policy, info->uid, info->exit, info->message);
	while (dump && fgets(line, sizeof(line), dump)) {
		if (!strncmp(line, "handler ", 8))
			its = !strcmp(line, wanted);
		found |= its;
		searched |= its && strstr(line, "  search why ") &&
			    !strstr(line, "why 0");
	}
	if (dump)
		fclose(dump);
	if (!found || (!searched && info->stat[MM_POLICY_STAT_SELECTS]))
		complain("the dump lacks it: %s", wanted);
}

static void check_exit(const struct test *test, int handler)
{
	struct mm_policy_info info;
	uint64_t calls;

	handler_info(handler, &info);
	if (!test->any_exit && info.exit != test->exit &&
	    (!test->or || info.exit != test->or) &&
	    !(test->may_pass && !info.exit && is_slow_kernel()))
		complain("its exit is %u, not %u: '%s'", info.exit, test->exit,
			 info.message);
	if (!info.exit != !info.message[0])
		complain("exit %u has the message '%s'", info.exit, info.message);
	check_dump(&info);
	if (handler_rings(handler) != !!info.exit)
		complain("poll() does not tell of exit %u", info.exit);
	if (!info.stat[test->shows])
		complain("it did not do what it is here for (%u)", test->shows);
	calls = info.stat[MM_POLICY_STAT_SELECTS];
	if (test->call_ms && calls &&
	    info.stat[MM_POLICY_STAT_SELECT_NS] / calls > test->call_ms * 1000000ULL)
		complain("its select() took %llu us on average",
			 info.stat[MM_POLICY_STAT_SELECT_NS] / calls / 1000);
}

/* After an ejection another policy has a chance of its own. */
static void succeed(int handler)
{
	int err = handler_set_policy(handler, "honest");
	struct mm_policy_info info;

	handler_info(handler, &info);
	if (err || info.exit || strcmp(info.policy, "honest"))
		complain("an honest one may not follow (%d)", err);
}

static void check_successor(int handler, const struct mm_policy_info *before)
{
	struct mm_policy_info info;

	handler_info(handler, &info);
	if (info.exit)
		complain("its honest successor was ejected: '%s'", info.message);
	else if (info.stat[MM_POLICY_STAT_EVICTED_POLICY] ==
		 before->stat[MM_POLICY_STAT_EVICTED_POLICY])
		complain("its honest successor was not asked");
}

static bool holds_nothing(void *what)
{
	struct mm_policy_info info;

	handler_info(*(int *)what, &info);
	return !info.held && !info.held_anon && !info.held_file && !info.held_shmem &&
	       !info.laundry && !info.spaces;
}

static void run_victim(const struct test *test, int handler)
{
	struct mm_policy_info before;
	struct task victim;
	bool succeeds = test->exit;
	int status;

	task_start(&victim, handler, test->kind, test->pages ?: PAGES,
		   test->rounds ?: ROUNDS);
	if (!watch(test, &victim, handler)) {
		if (!test->may_stop)
			complain("the victim makes no progress");
		succeeds = true;
	}
	handler_info(handler, &before);
	succeeds |= before.exit;
	if ((int)victim.report->attached != (test->attach_fails ?: 1))
		complain("attaching returned %d", victim.report->attached);
	if (!test->attach_fails)
		check_exit(test, handler);

	if (succeeds)
		succeed(handler);
	handler_info(handler, &before);
	if (!task_wait(&victim, 1, succeeds ? PATIENCE : 0))
		complain("the victim does not go on");
	if (!succeeds)
		victim.report->rounds = 0;
	__atomic_store_n(&victim.report->go, 1, __ATOMIC_RELEASE);
	if (!task_wait(&victim, 2, PATIENCE))
		complain("the victim does not end");
	if (victim.report->wrong || victim.report->moved)
		complain("the victim found %u wrong words, and %u pages moved",
			 victim.report->wrong, victim.report->moved);
	if (succeeds)
		check_successor(handler, &before);
	status = task_end(&victim, 20);
	if (status)
		complain("the victim ended with %d", status);
}

static bool load(struct policy *policy, const char *name)
{
	int err = policy_load(policy, name);

	if (!err)
		err = policy_register(policy);
	if (!err)
		return true;
	complain("%s was not loaded: %s", name, strerror(-err));
	fputs(policy->log, stdout);
	if (policy->object)
		policy_close(policy);
	return false;
}

static void run(const struct test *test)
{
	uint64_t args[MM_POLICY_NR_ARGS] = {};
	int handler;

	bystanders_note();
	if (!load(&hostile, test->name))
		return;
	if (test->knows_bystanders)
		bystanders_places(args);
	handler = handler_create_with(test->name, (test->limit ?: LIMIT) * PAGE, args);
	if (handler < 0 ? handler != test->create_fails : test->create_fails)
		complain("making a handler returned %d", handler);

	if (handler >= 0) {
		run_victim(test, handler);
		if (test->inspect && !test->inspect(&hostile))
			good = false;
		if (!until(holds_nothing, &handler, 10)) {
			struct mm_policy_info info;

			handler_info(handler, &info);
			complain("%llu bytes held and %llu in the laundry are left",
				 info.held, info.laundry);
		}
	}
	bystanders_check();
	policy_close(&hostile);
	if (policy_is_there(test->name))
		complain("it is still registered");
	if (handler >= 0)
		close(handler);
	bystanders_are_alone();
}

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	unsigned int nr = 1;
	uint64_t began;

	ksft_print_header();
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		nr += wanted(tests[i].name, argc, argv);
	ksft_set_plan(nr);
	bystanders_start();
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!wanted(tests[i].name, argc, argv))
			continue;
		began = now_us();
		good = true;
		/* Who follows is there already, unless it is its own turn */
		if (!strcmp(tests[i].name, "honest"))
			policy_close(&honest);
		else if (!honest.link)
			load(&honest, "honest");
		run(&tests[i]);
		ksft_print_msg("(%llu ms)\n",
			       (unsigned long long)(now_us() - began) / 1000);
		ksft_test_result(good, "%s: %s; victim and bystanders are unharmed\n",
				 tests[i].name, tests[i].claim);
	}
	policy_close(&honest);
	ksft_test_result(bystanders_end(), "nothing is held, nobody is registered\n");
	ksft_finished();
}
