// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies that come and go while they are in use: registered, unregistered, replaced,
 * ejected and switched off under the feet of tasks that fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <kselftest.h>

#include "hostile.h"

#define LIMIT		(128 * PAGE)
#define PAGES		256
#define PATIENCE	60	/* seconds */

static struct policy policy, other;

static bool must(int err, const char *what)
{
	if (err)
		complain("%s: %s", what, strerror(-err));
	return !err;
}

static bool come(struct policy *p, const char *name)
{
	int err = policy_load(p, name);

	if (!err)
		err = policy_register(p);
	if (err && p->object)
		policy_close(p);
	return must(err, name);
}

static int exit_of(int handler)
{
	struct mm_policy_info info;

	return handler_info(handler, &info) ? -1 : (int)info.exit;
}

static bool is_empty(void *what)
{
	struct mm_policy_info info;

	handler_info(*(int *)what, &info);
	return !info.held && !info.laundry && !info.spaces;
}

/* The victim has to go on to its end, whatever has happened. */
static void finish(struct task *victim, int handler)
{
	int status;

	__atomic_store_n(&victim->report->go, 1, __ATOMIC_RELEASE);
	if (!task_wait(victim, 2, PATIENCE))
		complain("the victim does not end");
	if (victim->report->attached != 1 || victim->report->wrong)
		complain("the victim: attached %d, %u wrong words",
			 (int)victim->report->attached, victim->report->wrong);
	status = task_end(victim, 20);
	if (status)
		complain("the victim ended with %d", status);
	if (!until(is_empty, &handler, 10))
		complain("the handler is not empty");
	close(handler);
}

static int begin(struct task *victim, const char *name)
{
	int handler = handler_create(name, LIMIT);

	if (handler < 0) {
		complain("no handler of %s: %s", name, strerror(-handler));
		return -1;
	}
	task_start(victim, handler, TASK_THREADS, PAGES, UNTIL_TOLD);
	return handler;
}

/* Each time its policy goes the clock takes over, and it moves back as soon as it can. */
static void unregister_storm(void)
{
	struct task victim;
	int handler, rounds;

	if (!must(policy_load(&policy, "honest.link"), "loading"))
		return;
	handler = begin(&victim, "clock");
	if (handler < 0)
		return;
	for (rounds = 0; rounds < 50; rounds++) {
		if (!must(policy_register(&policy), "registering") ||
		    !must(handler_set_policy(handler, "honest"), "moving to it"))
			break;
		usleep(rounds % 5 * 3000);
		policy_unregister(&policy);
		if (exit_of(handler) != MM_POLICY_EXIT_UNREGISTERED)
			complain("exit is %d after it was unregistered",
				 exit_of(handler));
	}
	finish(&victim, handler);
	policy_close(&policy);
}

static bool is_ejected(void *what)
{
	return handler_rings(*(int *)what);
}

/* Ejected in one search, and at the next moment back. */
static void ejection_storm(void)
{
	static const char * const names[] = { "returns-error", "wrong-names" };
	struct mm_policy_info info;
	struct task victim;
	int handler, rounds;

	if (!come(&policy, names[0]) || !come(&other, names[1]))
		return;
	handler = begin(&victim, "clock");
	if (handler < 0)
		return;
	for (rounds = 0; rounds < 60; rounds++) {
		must(handler_set_policy(handler, names[rounds % 2]), "moving to it");
		if (rounds % 3 && !until(is_ejected, &handler, 10))
			complain("it is not ejected in round %d", rounds);
	}
	handler_info(handler, &info);
	if (info.stat[MM_POLICY_STAT_EJECTIONS] < 40)
		complain("only %llu ejections", info.stat[MM_POLICY_STAT_EJECTIONS]);
	finish(&victim, handler);
	policy_close(&policy);
	policy_close(&other);
}

/* A name is its holder's, and whoever takes it later does not take the handlers. */
static void same_name(void)
{
	struct task victim;
	int handler, err;

	if (!come(&policy, "honest"))
		return;
	handler = begin(&victim, "honest");
	if (handler < 0)
		return;
	err = policy_load(&other, "honest");
	if (!err)
		err = policy_register(&other);
	if (err != -EEXIST)
		complain("a second of the name: %s", strerror(-err));
	policy_close(&other);
	if (exit_of(handler) != MM_POLICY_EXIT_NONE)
		complain("the first left because of the second");

	policy_close(&policy);
	if (!come(&policy, "honest"))
		return;
	if (exit_of(handler) != MM_POLICY_EXIT_UNREGISTERED)
		complain("the handler took the new one by itself");
	must(handler_set_policy(handler, "honest"), "moving to the new one");
	if (exit_of(handler) != MM_POLICY_EXIT_NONE)
		complain("it did not come back");
	finish(&victim, handler);
	policy_close(&policy);
}

/* Two processes, one name: whoever has it, has it alone. */
static int register_often(int times, int *had)
{
	for (int i = 0; i < times; i++) {
		int err = policy_load(&policy, "honest");

		if (err)
			return err;
		err = policy_register(&policy);
		if (err && err != -EEXIST)
			return err;
		*had += !err;
		if (!err && !policy_is_there("honest"))
			return -ENOENT;
		policy_close(&policy);
	}
	return 0;
}

static void registration_race(void)
{
	int had = 0, status, err;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		err = register_often(15, &had);
		_exit(err ? -err : 0);
	}
	must(register_often(15, &had), "registering");
	if (waitpid(child, &status, 0) != child || status)
		complain("the other one ended with status %#x", status);
	if (!had)
		complain("never had the name");
}

/* New code for the same handlers, in the middle of searches */
static void update_storm(void)
{
	static struct policy versions[2], refusing;
	struct task victim;
	int handler, rounds;

	if (!come(&policy, "honest.link"))
		return;
	for (int i = 0; i < 2; i++)
		if (!must(policy_load(&versions[i], "honest.link"), "loading"))
			return;
	handler = begin(&victim, "honest");
	if (handler < 0)
		return;
	for (rounds = 0; rounds < 50; rounds++) {
		if (!must(policy_update(&policy, &versions[rounds % 2]), "updating"))
			break;
		usleep(rounds % 5 * 3000);
		if (exit_of(handler) != MM_POLICY_EXIT_NONE)
			complain("exit is %d after an update", exit_of(handler));
	}

	/* Another name is another policy */
	if (must(policy_load(&refusing, "refuses-init.link"), "loading") &&
	    policy_update(&policy, &refusing) != -EINVAL)
		complain("a policy of another name took its place");
	policy_close(&refusing);
	finish(&victim, handler);
	for (int i = 0; i < 2; i++)
		policy_close(&versions[i]);
	policy_close(&policy);
}

/* Who is refused by the next policy keeps the one it had. */
static void refused_move(void)
{
	struct mm_policy_info info;
	struct task victim;
	int handler, err;

	if (!come(&policy, "honest") || !come(&other, "refuses-init"))
		return;
	handler = begin(&victim, "honest");
	if (handler < 0)
		return;
	for (int i = 0; i < 50; i++) {
		err = handler_set_policy(handler, "refuses-init");
		if (err != -EACCES)
			complain("moving to one that refuses returned %d", err);
	}
	handler_info(handler, &info);
	if (info.exit || strcmp(info.policy, "honest"))
		complain("it is under %s, exit %u", info.policy, info.exit);
	finish(&victim, handler);
	policy_close(&policy);
	policy_close(&other);
}

/* Killed while its policy searches, or walks, or is being ejected */
static void killed_victims(void)
{
	static const char * const names[] = { "endless-walk", "everything" };
	struct task victim;
	int handler, status;

	if (!come(&policy, names[0]) || !come(&other, names[1]))
		return;
	for (int i = 0; i < 16; i++) {
		handler = begin(&victim, names[i % 2]);
		if (handler < 0)
			return;
		usleep(20000 + i * 7000);
		/* With its last file gone, only the victim keeps the handler */
		if (i % 4 > 1)
			close(handler);
		kill(victim.pid, SIGKILL);
		status = task_end(&victim, 10);
		if (status != -SIGKILL)
			complain("a victim ended with %d", status);
		if (i % 4 > 1)
			continue;
		if (!until(is_empty, &handler, 10))
			complain("what a killed victim held is still held");
		close(handler);
	}
	policy_close(&policy);
	policy_close(&other);
}

/* Moved between handlers of hostile policies by somebody else while it faults */
static void moved_victim(void)
{
	struct task victim;
	int first, second;

	if (!come(&policy, "everything") || !come(&other, "scribbles"))
		return;
	first = begin(&victim, "everything");
	second = handler_create("scribbles", LIMIT);
	if (first < 0 || second < 0)
		return;
	for (int i = 0; i < 30; i++) {
		struct mm_policy_info a, b;

		handler_set_policy(first, i % 2 ? "everything" : "scribbles");
		handler_set_policy(second, i % 2 ? "scribbles" : "clock");
		handler_info(first, &a);
		handler_info(second, &b);
		if (a.exit || b.exit || b.held)
			complain("exits %u and %u, %llu bytes held by nobody", a.exit,
				 b.exit, b.held);
	}
	close(second);
	finish(&victim, first);
	policy_close(&policy);
	policy_close(&other);
}

static void write_to(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		complain("%s: %s", path, strerror(errno));
	close(fd);
}

/* The administrator's last word; the bystander under the clock is gone by now. */
static void switched_off(void)
{
	static const char enabled[] = "/sys/kernel/mm/policy/enabled";
	struct mm_policy_info info;
	struct task victim;
	int handler, err;

	good = true;
	if (!come(&policy, "endless-looks"))
		return;
	handler = begin(&victim, "endless-looks");
	if (handler < 0)
		return;
	usleep(100000);
	write_to(enabled, "0");
	handler_info(handler, &info);
	if (!info.exit || info.held || info.spaces)
		complain("exit %u, %llu bytes held in %u spaces", info.exit, info.held,
			 info.spaces);
	err = policy_load(&other, "honest");
	if (!err)
		err = policy_register(&other);
	if (err != -EPERM)
		complain("registering returned %d", err);
	policy_close(&other);
	err = handler_create("clock", 0);
	if (err != -EPERM)
		complain("a new handler: %d", err);
	finish(&victim, handler);
	policy_close(&policy);
	write_to(enabled, "1");
}

static const struct {
	void (*run)(void);
	const char *claim;
} storms[] = {
	{ unregister_storm, "policies are unregistered under a task that faults" },
	{ ejection_storm, "policies are ejected, and come back, while they search" },
	{ same_name, "a name is registered again" },
	{ registration_race, "two want the same name at the same time" },
	{ update_storm, "a policy is replaced by new versions" },
	{ refused_move, "a handler that the next policy refuses keeps the one it has" },
	{ killed_victims, "victims are killed while their policy searches" },
	{ moved_victim, "handlers change policies while another holds nothing" },
};

int main(void)
{
	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(storms) + 2);
	bystanders_start();
	for (size_t i = 0; i < ARRAY_SIZE(storms); i++) {
		uint64_t began = now_us();

		good = true;
		bystanders_note();
		storms[i].run();
		bystanders_check();
		bystanders_are_alone();
		if (policy_is_there(NULL))
			complain("a policy is still registered");
		ksft_print_msg("(%llu ms)\n",
			       (unsigned long long)(now_us() - began) / 1000);
		ksft_test_result(good, "%s; tasks and bystanders are unharmed\n",
				 storms[i].claim);
	}
	ksft_test_result(bystanders_end(), "nothing is held, nobody is registered\n");
	switched_off();
	ksft_test_result(good, "all are switched off while one searches\n");
	ksft_finished();
}
