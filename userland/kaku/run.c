// SPDX-License-Identifier: GPL-2.0-only
/* kaku run: a program under a policy, from its first instruction on. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "show.h"

/* As of env(1), nice(1) and timeout(1) */
#define STATUS_FAILED		125
#define STATUS_NOT_EXECUTABLE	126
#define STATUS_NOT_FOUND	127

struct run {
	struct settings settings;
	__u32 flags;
	bool stat;
	bool json;
	char **program;
};

static void parse(struct run *run, const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("policy", OPT_POLICY),
		OPTION_WITH("limit", OPT_LIMIT),
		OPTION_WITH("arg", OPT_ARG),
		OPTION_WITH("set", OPT_SET),
		OPTION("no-inherit", OPT_NO_INHERIT),
		OPTION("stat", OPT_STAT),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	int option;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		if (settings_option(&run->settings, verb, option, optarg))
			continue;
		if (option == OPT_NO_INHERIT)
			run->flags |= MM_POLICY_ATTACH_ALONE;
		else if (option == OPT_STAT)
			run->stat = true;
		else
			run->json = true;
	}

	if (!run->settings.policy)
		usage_error(verb, "--policy is missing: 'kaku policy list' shows them");
	if (run->json && !run->stat)
		usage_error(verb, "--json is the form of --stat: give both");
	if (optind == argc)
		usage_error(verb, "what shall run? Give a program");
	run->program = argv + optind;
}

static int attach_self(struct kaku_handler *handler, __u32 flags)
{
	KAKU_OPTS(kaku_attach_opts, opts, .flags = flags);

	return kaku_handler__attach(handler, -1, &opts);
}

static void __noreturn die_of_program(int err, const char *program)
{
	set_failure_status(err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
			   STATUS_FAILED);
	die("cannot run %s: %s", program, strerror(-err));
}

/* What the child answers to, and may not leave, we do too. */
static void __noreturn die_of_run(int err, const struct run *run)
{
	const struct target target = { .pid = getpid() };

	die_of_attach(err, &target, run->settings.policy);
}

static int become_program(const struct run *run, struct kaku_handler *handler)
{
	int err = attach_self(handler, run->flags);

	if (err)
		die_of_run(err, run);
	execvp(*run->program, run->program);
	die_of_program(-errno, *run->program);
}

/* ------------------------------------------------------------------------- --stat */

/* What the child says if it does not get as far as the program */
struct trouble {
	bool attached;
	int err;
};

static void __noreturn run_child(const struct run *run, struct kaku_handler *handler,
				 int pipe, const sigset_t *mask)
{
	struct trouble trouble = {};

	trouble.err = attach_self(handler, run->flags);
	if (!trouble.err) {
		trouble.attached = true;
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(*run->program, run->program);
		trouble.err = -errno;
	}
	if (write(pipe, &trouble, sizeof(trouble)) < 0)
		_exit(STATUS_FAILED);
	_exit(STATUS_NOT_FOUND);
}

/*
 * What a terminal sends goes to the program too, so only what somebody sent to us
 * alone is passed on.
 */
static void forward(pid_t child, const siginfo_t *info)
{
	if (info->si_code <= 0)
		kill(child, info->si_signo);
}

static int wait_for(pid_t child, const sigset_t *watched)
{
	siginfo_t info;
	int status;

	while (true) {
		if (sigwaitinfo(watched, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD)
			forward(child, &info);
		else if (waitpid(child, &status, WNOHANG) == child)
			return status;
	}
}

/* The signal that ended the program ends us, so that shells see the same. */
static int end_as(int status)
{
	struct rlimit no_core = {};
	sigset_t mask;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);

	fflush(stdout);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, WTERMSIG(status));
	raise(WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	return 128 + WTERMSIG(status);
}

static void watch_signals(sigset_t *watched, sigset_t *before)
{
	static const int signals[] = {
		SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
		SIGCONT, SIGWINCH, SIGPIPE,
	};

	sigemptyset(watched);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(watched, signals[i]);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, watched, before);
}

/* The end, unless the program began to run. */
static void check_started(const struct run *run, int pipe, pid_t child)
{
	struct trouble trouble;

	if (read(pipe, &trouble, sizeof(trouble)) != sizeof(trouble))
		return;
	waitpid(child, NULL, 0);
	if (!trouble.attached)
		die_of_run(trouble.err, run);
	die_of_program(trouble.err, *run->program);
}

static int run_and_count(const struct run *run, struct kaku_handler *handler)
{
	struct mm_policy_info info;
	sigset_t watched, before;
	int pipes[2], status;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC))
		die("cannot make a pipe: %m");
	watch_signals(&watched, &before);
	child = fork();
	if (child < 0)
		die("cannot fork: %m");
	if (!child)
		run_child(run, handler, pipes[1], &before);
	close(pipes[1]);
	check_started(run, pipes[0], child);
	close(pipes[0]);

	status = wait_for(child, &watched);
	read_info(handler, &info);
	print_counters(&info, stderr, run->json);
	return end_as(status);
}

static int run_main(const struct verb *verb, int argc, char **argv)
{
	struct run run = { .flags = MM_POLICY_ATTACH_EXEC };
	struct kaku_handler *handler;

	set_failure_status(STATUS_FAILED, STATUS_FAILED);
	parse(&run, verb, argc, argv);
	handler = create_handler(&run.settings);
	return run.stat ? run_and_count(&run, handler) : become_program(&run, handler);
}

const struct verb verb_run = {
	.name = "run",
	.summary = "run a program under a policy",
	.help =
"Usage: kaku run --policy NAME [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
"\n"
"Run PROGRAM, and what it starts, under a policy from its first instruction on.\n"
"\n"
"Options:\n"
"  --policy NAME    the policy; 'clock' is always there\n"
"  --limit SIZE     memory that it may hold, such as 64M; 'none'\n"
"  --arg TEXT       text for the policy\n"
"  --set N=VALUE    number N (0 to 7) for the policy; several times for several\n"
"  --no-inherit     not for the processes that PROGRAM starts\n"
"  --stat           print the counters on standard error when PROGRAM has ended\n"
"  -J, --json       ... as JSON\n"
"  -h, --help       print this\n"
"\n"
"The exit status is PROGRAM's; 125 if kaku failed, 126 if PROGRAM cannot be run,\n"
"127 if it is not there.\n",
	.program_follows = true,
	.run = run_main,
};
