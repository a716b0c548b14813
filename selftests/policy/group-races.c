// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.policy is written while processes of the group fork, execute, or have lost their
 * first thread, and while others write it: nobody is missed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "policy.h"

#define GROUP	"/sys/fs/cgroup/racing"
#define FILE_	GROUP "/memory.policy"
#define TRIES	40

static char *area;
static const size_t pages = 12 * MIB / PAGE;	/* so that a fork takes a while */

static void put(const char *line)
{
	if (!write_text(FILE_, "%s", line))
		die("%s", line);
}

static uint32_t handler(void)
{
	char text[128];
	uint32_t id = 0;

	if (!read_text(FILE_, text, sizeof(text)))
		die(FILE_);
	sscanf(text, "%*s handler=%u", &id);
	return id;
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* Says its second thread's number, and ends its first thread. */
static void lose_leader(struct child *parent, void *arg)
{
	pthread_t thread;

	group_enter("racing", 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_create(&thread, NULL, wait_for_ever, NULL);
	say(parent, 0);
	pthread_exit(arg);
}

static void without_leader(void)
{
	struct child child = child_start(lose_leader, NULL);
	char text[64];
	pid_t thread;

	hear(&child);
	usleep(300000);
	/* The leader's own files are empty */
	run("ls /proc/%d/task | tail -n 1 >/tmp/thread", child.pid);
	if (!read_text("/tmp/thread", text, sizeof(text)))
		die("/tmp/thread");
	thread = atoi(text);
	put("clock");
	ksft_test_result(thread != child.pid && default_of(thread) == handler(),
			 "a process whose first thread has ended answers\n");
	put("none");
	ksft_test_result(!default_of(thread), "and is detached\n");
	kill(child.pid, SIGKILL);
	child_end(&child);
}

/* Forks whenever asked, or forks and executes; then ends that child. */
static void breed(struct child *parent, void *arg)
{
	uint64_t what;
	pid_t pid;

	(void)arg;
	group_enter("racing", 0);
	fill(area, pages, 1);
	say(parent, 0);
	while ((what = hear(parent)) != ~0ULL) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (what == 'x')
				execl("/usr/bin/sleep", "sleep", "1000", NULL);
			wait_for_ever(NULL);
		}
		say(parent, pid);
		hear(parent);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		say(parent, 0);
	}
}

static bool sleeps(pid_t pid)
{
	char path[64], name[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	return read_text(path, name, sizeof(name)) && name[0] == 's';
}

static int missed(struct child *breeder, char how, unsigned int step_us)
{
	int i, j, nr = 0;
	pid_t pid;

	for (i = 0; i < TRIES; i++) {
		say(breeder, how);
		usleep(i * step_us);
		put("clock");
		pid = hear(breeder);
		for (j = 0; how == 'x' && !sleeps(pid) && j < 1000; j++)
			usleep(1000);
		if (default_of(pid) != handler()) {
			ksft_print_msg("try %d: it answers to %u, not to %u\n", i,
				       default_of(pid), handler());
			nr++;
		}
		put("none");
		ask(breeder, 0);
	}
	return nr;
}

static void born_meanwhile(void)
{
	struct child breeder = child_start(breed, NULL);

	hear(&breeder);
	ksft_test_result(!missed(&breeder, 'f', 200), "a child that is being forked answers\n");
	ksft_test_result(!missed(&breeder, 'x', 1000),
			 "a program that is being executed answers\n");
	child_end(&breeder);
}

static void idle_in(struct child *parent, void *group)
{
	group_enter(group, 0);
	say(parent, 0);
	hear(parent);
}

static struct child start_in(const char *group)
{
	struct child child = child_start(idle_in, (void *)group);

	hear(&child);
	return child;
}

static void *write_often(void *line)
{
	int i;

	for (i = 0; i < 200; i++)
		put(line);
	return NULL;
}

static void two_writers(void)
{
	struct child one = start_in("racing"), two = start_in("racing");
	int i, split = 0;
	pthread_t thread;
	uint32_t id;

	for (i = 0; i < 10; i++) {
		pthread_create(&thread, NULL, write_often, "clock tag=1");
		write_often("clock tag=2");
		pthread_join(thread, NULL);
		id = handler();
		if (default_of(one.pid) == id && default_of(two.pid) == id)
			continue;
		ksft_print_msg("%u is written, processes answer to %u and %u\n", id,
			       default_of(one.pid), default_of(two.pid));
		split++;
	}
	ksft_test_result(!split, "of two writers at once the last decides for all\n");
	put("none");
	child_end(&one);
	child_end(&two);
}

static void without_controller(void)
{
	struct child below;

	group_make("racing/plain");
	below = start_in("racing/plain");
	put("clock");
	ksft_test_result(default_of(below.pid) == handler(),
			 "a group below without the controller is part of it\n");
	put("none");
	ksft_test_result(!default_of(below.pid), "also when that ends\n");
	child_end(&below);
	group_drop("racing/plain");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	area = map_anon(pages);
	group_make("racing");

	without_leader();
	born_meanwhile();
	two_writers();
	without_controller();

	group_drop("racing");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
