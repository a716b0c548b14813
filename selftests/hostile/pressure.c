// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies that will not give anything when a control group is short of memory. In it
 * are a victim, with more than it needs and no limit of its own, and a bystander
 * without a policy. Under the clock, or an honest policy, the victim's idle pages go,
 * and the bystander has room. Under a hostile one it must come to the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <kselftest.h>

#include "hostile.h"

#define VICTIMS		6144	/* pages */
#define BYSTANDERS	2048
#define ROOM		6144	/* for both: a third too little */
#define CALM		20	/* turns without faults: it has room */
#define PATIENCE	30	/* seconds */
#define LONG		240	/* seconds, for what is slow on a debug kernel */

#define TOP		"/sys/fs/cgroup"
#define GROUP		TOP "/hostile"

static struct policy policy;

static void write_to(const char *path, const char *format, long number)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	char text[32];

	snprintf(text, sizeof(text), format, number);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	close(fd);
}

/* Waits until the bystander has faults no more. */
static bool has_room(struct task *bystander)
{
	uint64_t end = now_us() + PATIENCE * 1000000ULL;
	uint32_t faults = 0, turns, since = 0;

	while (now_us() < end) {
		turns = __atomic_load_n(&bystander->report->turns, __ATOMIC_ACQUIRE);
		if (bystander->report->faults != faults) {
			faults = bystander->report->faults;
			since = turns;
		} else if (turns - since >= CALM) {
			return true;
		}
		usleep(5000);
	}
	return false;
}

static bool gives(const char *name, enum mm_policy_exit_kind exit, bool crawls)
{
	struct task victim, bystander;
	struct mm_policy_info info;
	bool room, right = true;
	uint64_t began;
	int handler, first, second;
	uint32_t wrong;

	if (strcmp(name, "clock") && (policy_load(&policy, name) ||
				      policy_register(&policy)))
		return false;
	handler = handler_create(name, 0);
	write_to(GROUP "/cgroup.procs", "%ld", getpid());
	task_start(&victim, handler, TASK_PLAIN, VICTIMS, 0);
	victim.report->rounds = 1;
	bystander_start(&bystander, -1, BYSTANDERS, 1);
	write_to(TOP "/cgroup.procs", "%ld", getpid());

	if (!crawls && !task_wait(&victim, 1, PATIENCE)) {
		ksft_print_msg("the victim does not go on\n");
		right = false;
	}
	began = now_us();
	room = has_room(&bystander);
	handler_info(handler, &info);
	/* Its own tasks it may hold up; they are unharmed */
	if (crawls)
		handler_set_policy(handler, "clock");
	ksft_print_msg("%llu ms, exit %u, %llu pages given, %u faults of the bystander\n",
		       (unsigned long long)(now_us() - began) / 1000, info.exit,
		       info.stat[MM_POLICY_STAT_PRESSURE], bystander.report->faults);
	right &= room && info.stat[MM_POLICY_STAT_PRESSURE];
	right &= info.exit == exit;
	wrong = victim.report->wrong + bystander.report->wrong;
	first = task_end(&victim, LONG);
	second = task_end(&bystander, PATIENCE);
	if (first || second || wrong) {
		ksft_print_msg("the victim ended with %d, the bystander with %d\n",
			       first, second);
		ksft_print_msg("%u words were wrong\n", wrong);
		right = false;
	}
	close(handler);
	if (policy.object)
		policy_close(&policy);
	return right;
}

static bool none_is_left(void *unused)
{
	(void)unused;
	return !meminfo_kb("Managed") && !handlers_there() && !policy_is_there(NULL);
}

int main(void)
{
	static const struct {
		const char *name;
		enum mm_policy_exit_kind exit;
		bool crawls;
		const char *claim;
	} tests[] = {
		{ "clock", MM_POLICY_EXIT_NONE, false, "the clock gives its part" },
		{ "honest", MM_POLICY_EXIT_NONE, false, "an honest policy gives its part" },
		{ "says-nothing", MM_POLICY_EXIT_SHORTFALL, false,
		  "one that says nothing is ejected, and the clock gives" },
		{ "locked-pages", MM_POLICY_EXIT_SHORTFALL, false,
		  "nor is it enough to propose what cannot go" },
		{ "dawdles", MM_POLICY_EXIT_NONE, true,
		  "one that takes all its time for a page holds up its own tasks only" },
	};

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(tests) + 1);
	if (access(TOP "/cgroup.procs", W_OK) && mount("cgroup2", TOP, "cgroup2", 0, NULL))
		ksft_exit_fail_msg("no cgroup2: %s\n", strerror(errno));
	write_to(TOP "/cgroup.subtree_control", "+memory", 0);
	if (mkdir(GROUP, 0755))
		ksft_exit_fail_msg("%s: %s\n", GROUP, strerror(errno));
	write_to(GROUP "/memory.max", "%ld", ROOM * PAGE);
	tasks_begin();
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		ksft_test_result(gives(tests[i].name, tests[i].exit,
				       tests[i].crawls), "%s: %s\n",
				 tests[i].name, tests[i].claim);
	ksft_test_result(until(none_is_left, NULL, 10) && !rmdir(GROUP),
			 "nothing is held, nobody is registered\n");
	ksft_finished();
}
