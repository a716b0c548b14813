// SPDX-License-Identifier: GPL-2.0-only
/*
 * The administrator switches all policies off, by sysfs or SysRq: everybody is as
 * without them, in the midst of their work; nothing new begins until they are switched
 * on again.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "policy.h"

#define ENABLED	"/sys/kernel/mm/policy/enabled"
#define PAGES	512

static char enabled(void)
{
	char text[8] = "?";

	read_text(ENABLED, text, sizeof(text));
	return text[0];
}

/* Works on its memory without end, and on children of its own */
static void work(struct child *parent, void *arg)
{
	char *mine = map_anon(PAGES);
	struct pollfd wait = { .fd = parent->from, .events = POLLIN };
	bool good = true;
	int i;

	policy_attach(*(int *)arg, -1, NULL, 0);
	fill(mine, PAGES, 1);
	say(parent, 1);
	for (i = 0; !poll(&wait, 1, 0); i++) {
		pid_t pid = i % 4 ? 0 : fork();

		if (i % 4 == 0 && !pid)
			_exit(!intact(mine, PAGES, 1));
		good &= intact(mine, PAGES, 1);
		if (pid) {
			int status;

			waitpid(pid, &status, 0);
			good &= !status;
		}
	}
	hear(parent);
	say(parent, good);
	hear(parent);
}

static bool tells_pri(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLPRI);
}

static void by(const char *how, void (*off)(void))
{
	int handlers[2] = { policy_create("nru", 128 * PAGE), policy_create("clock", 0) };
	struct child one = child_start(work, &handlers[0]);
	struct child two = child_start(work, &handlers[1]);
	struct mm_policy_info info;
	struct mm_policy_entry entry;
	int i, fd, err;

	hear(&one);
	hear(&two);
	usleep(200000);
	ksft_test_result(enabled() == '1' && default_of(one.pid) && default_of(two.pid) &&
			 policy_stat(handlers[0], MM_POLICY_STAT_EVICTED) > 0,
			 "%s: two work with policies\n", how);
	off();
	for (i = 0; i < 50 && (enabled() != '0' || !policy_info(handlers[1]).exit); i++)
		usleep(20000);
	ksft_test_result(enabled() == '0', "%s: they are switched off\n", how);
	ksft_test_result(tells_pri(handlers[0], 5000) && tells_pri(handlers[1], 5000),
			 "%s: poll() tells\n", how);
	info = policy_info(handlers[0]);
	ksft_test_result(info.exit == MM_POLICY_EXIT_SWITCHED_OFF && info.message[0] &&
			 !strcmp(info.policy, "nru") &&
			 policy_info(handlers[1]).exit == MM_POLICY_EXIT_SWITCHED_OFF,
			 "%s: handlers tell why, and which policy it was (\"%s\")\n", how,
			 info.message);
	for (i = 0; i < 50 && (policy_held(handlers[0]) || policy_held(handlers[1])); i++)
		usleep(20000);
	ksft_test_result(!default_of(one.pid) && !default_of(two.pid) && !managed_rss(one.pid) &&
			 !managed_rss(two.pid) && !policy_held(handlers[0]) &&
			 !policy_held(handlers[1]),
			 "%s: nobody answers to anybody, and nothing is held\n", how);

	fd = policy_open();
	err = policy_try_create(fd, "clock", 0);
	ksft_test_result(err == -EPERM, "%s: no new handler (%d)\n", how, err);
	err = policy_set_policy(handlers[0], "clock");
	ksft_test_result(err == -EPERM, "%s: no handler moves (%d)\n", how, err);
	err = policy_attach(handlers[1], -1, NULL, 0);
	ksft_test_result(err == -EPERM && !default_of(0), "%s: nobody is attached (%d)\n", how,
			 err);
	policy_detach(-1, NULL, 0);
	ksft_test_result(try_run("%s/tools/bin/bpftool struct_ops register %s >/dev/null 2>&1",
				 getenv("KAKU_BUILD"), policy_object("linear")) &&
			 policy_entry("linear", &entry) == -ENOENT, "%s: no new policy\n", how);

	write_text(ENABLED, "1");
	ksft_test_result(!policy_set_policy(handlers[0], "nru") &&
			 policy_info(handlers[0]).exit == MM_POLICY_EXIT_NONE &&
			 !policy_attach(handlers[0], one.pidfd, NULL, 0) &&
			 default_of(one.pid) == policy_id(handlers[0]) &&
			 !policy_try_create(fd, "clock", 0),
			 "%s: switched on again, all is possible\n", how);
	usleep(100000);
	ksft_test_result(ask(&one, 0) == 1 && ask(&two, 0) == 1,
			 "%s: content was right all the time\n", how);
	child_end(&one);
	child_end(&two);
	close(fd);
	close(handlers[0]);
	close(handlers[1]);
}

static void by_sysfs(void)
{
	write_text(ENABLED, "0");
}

static void by_sysrq(void)
{
	write_text("/proc/sys/kernel/sysrq", "1");
	write_text("/proc/sysrq-trigger", "P");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(24);
	swap_on_zram(64);
	policy_load(policy_object("nru"));
	ksft_test_result(!write_text(ENABLED, "maybe") && enabled() == '1',
			 "nonsense is refused\n");
	by("sysfs", by_sysfs);
	by("SysRq", by_sysrq);
	policy_unload("nru");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
