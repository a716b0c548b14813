// SPDX-License-Identifier: GPL-2.0-only
/* kaku top: the handlers, live. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "procfs.h"
#include "utf8.h"

#define LINE_LENGTH	512

enum order { BY_HELD, BY_FAULTS };

struct sample {
	struct mm_policy_info info;
	struct mm_policy_info before;
};

struct top {
	struct sample *samples;
	size_t nr;
	struct timespec taken;
	double seconds;		/* between the last two */
	enum order order;
	__u64 interval;
};

/* ----------------------------------------------------------------------- terminal */

static struct termios cooked;
static bool on_screen;

static void leave_screen(void)
{
	if (!on_screen)
		return;
	on_screen = false;
	tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
}

static void enter_screen(void)
{
	struct termios raw = cooked;

	raw.c_lflag &= ~(ICANON | ECHO);
	on_screen = true;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs("\033[?1049h\033[?25l", stdout);
	fflush(stdout);
}

static void open_screen(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &cooked))
		die("top needs a terminal: take 'kaku list' or 'kaku stat' in a script");
	atexit(leave_screen);
	enter_screen();
}

static void read_size(unsigned int *lines, unsigned int *columns)
{
	struct winsize size;

	*lines = 24;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return;
	*lines = size.ws_row;
	*columns = size.ws_col;
}

/* ------------------------------------------------------------------------ samples */

static const struct mm_policy_info *earlier(const struct sample *samples, size_t nr,
					    __u32 id)
{
	for (size_t i = 0; i < nr; i++) {
		if (samples[i].info.id == id)
			return &samples[i].info;
	}
	return NULL;
}

/* What is said on the screen goes away with it. */
static void __noreturn die_of_samples(int err)
{
	leave_screen();
	die_of(err, "cannot read the handlers");
}

static void add_sample(struct top *top, const struct mm_policy_info *info,
		       const struct mm_policy_info *before)
{
	if (!(top->nr & (top->nr - 1))) {
		top->samples = reallocarray(top->samples, top->nr ? 2 * top->nr : 1,
					    sizeof(*top->samples));
		if (!top->samples)
			die_of_samples(-ENOMEM);
	}
	top->samples[top->nr].info = *info;
	top->samples[top->nr++].before = before ? *before : *info;
}

static void take_samples(struct top *top)
{
	struct sample *old = top->samples;
	size_t nr_old = top->nr;
	struct kaku_handler *handler;
	struct mm_policy_info info;
	struct timespec now;
	__u32 id = 0;
	int err;

	top->samples = NULL;
	top->nr = 0;
	while (!(err = kaku_next_handler(id, &id))) {
		handler = kaku_handler__open(id);
		if (!handler && errno == ESRCH)
			continue;	/* it has just ended */
		err = handler ? kaku_handler__info(handler, &info, sizeof(info)) : -errno;
		kaku_handler__close(handler);
		if (err)
			break;
		add_sample(top, &info, earlier(old, nr_old, id));
	}
	free(old);
	if (err != -ENOENT)
		die_of_samples(err);

	clock_gettime(CLOCK_MONOTONIC, &now);
	top->seconds = now.tv_sec - top->taken.tv_sec +
		       (now.tv_nsec - top->taken.tv_nsec) / 1e9;
	top->taken = now;
}

static __u64 grown(const struct sample *sample, enum mm_policy_stat stat)
{
	return sample->info.stat[stat] - sample->before.stat[stat];
}

static int compare_held(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->info.held < y->info.held) - (x->info.held > y->info.held);
}

static int compare_faults(const void *a, const void *b)
{
	__u64 x = grown(a, MM_POLICY_STAT_FAULTS), y = grown(b, MM_POLICY_STAT_FAULTS);

	return (x < y) - (x > y);
}

/* ------------------------------------------------------------------------ drawing */

static void list_processes(char *text, size_t size, const struct process *processes,
			   size_t nr, __u32 handler)
{
	size_t used = 0;

	*text = 0;
	for (size_t i = 0; i < nr && used < size; i++) {
		if (answers_to(&processes[i], handler))
			used += snprintf(text + used, size - used, "%d(%s) ",
					 processes[i].pid, processes[i].name);
	}
}

static double rate(const struct top *top, const struct sample *sample,
		   enum mm_policy_stat stat)
{
	return top->seconds > 0 ? grown(sample, stat) / top->seconds : 0;
}

static void draw_line(unsigned int columns, const char *line)
{
	printf("%.*s\033[K\n", (int)utf8_whole(line, columns), line);
}

static void draw_sample(const struct top *top, const struct sample *sample,
			unsigned int columns, const char *processes)
{
	const struct mm_policy_info *info = &sample->info;
	char line[LINE_LENGTH];

	snprintf(line, sizeof(line), "%7u  %-16s%-14s%7s%7s%9.0f%9.0f%9.0f%9.0f  %s",
		 info->id, info->policy, state_text(info), limit_text(info->limit),
		 size_text(info->held), rate(top, sample, MM_POLICY_STAT_FAULTS),
		 rate(top, sample, MM_POLICY_STAT_REFAULTS),
		 rate(top, sample, MM_POLICY_STAT_EVICTED),
		 rate(top, sample, MM_POLICY_STAT_PREFETCHED), processes);
	draw_line(columns, line);
}

static void draw(struct top *top)
{
	char line[LINE_LENGTH], names[LINE_LENGTH / 2];
	unsigned int lines, columns;
	struct process *processes;
	__u64 held = 0;
	size_t nr;

	qsort(top->samples, top->nr, sizeof(*top->samples),
	      top->order == BY_HELD ? compare_held : compare_faults);
	for (size_t i = 0; i < top->nr; i++)
		held += top->samples[i].info.held;

	read_size(&lines, &columns);
	processes = read_processes(&nr);
	fputs("\033[H", stdout);
	snprintf(line, sizeof(line),
		 "kaku top: handlers: %zu, held: %s, every %llu s.  q: quit  h: by held  f: by faults",
		 top->nr, size_text(held), top->interval);
	draw_line(columns, line);
	fputs("\033[7m", stdout);
	snprintf(line, sizeof(line), "%7s  %-16s%-14s%7s%7s%9s%9s%9s%9s  %-*s", "HANDLER",
		 "POLICY", "STATE", "LIMIT", "HELD", "FAULT/s", "REFLT/s", "EVICT/s",
		 "AHEAD/s", columns > 96 && columns < 400 ? (int)columns - 96 : 9,
		 "PROCESSES");
	draw_line(columns, line);
	fputs("\033[0m", stdout);
	for (size_t i = 0; i < top->nr && i + 3 < lines; i++) {
		list_processes(names, sizeof(names), processes, nr,
			       top->samples[i].info.id);
		draw_sample(top, &top->samples[i], columns, names);
	}
	fputs("\033[J", stdout);
	fflush(stdout);
	free_processes(processes, nr);
}

/* ------------------------------------------------------------------------- events */

static int open_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&mask, signals[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_CLOEXEC);
	if (fd < 0)
		die("cannot watch for signals: %m");
	return fd;
}

static void stop_here(void)
{
	leave_screen();
	raise(SIGSTOP);
	enter_screen();
}

/* Whether to go on. */
static bool handle_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo == SIGTSTP)
		stop_here();
	return info.ssi_signo == SIGTSTP || info.ssi_signo == SIGWINCH;
}

static bool handle_key(struct top *top)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) != 1)
		return false;
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case 'h':
		top->order = BY_HELD;
		break;
	case 'f':
		top->order = BY_FAULTS;
		break;
	}
	return true;
}

static int milliseconds_left(const struct top *top)
{
	struct timespec now;
	double left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = top->interval - (now.tv_sec - top->taken.tv_sec) -
	       (now.tv_nsec - top->taken.tv_nsec) / 1e9;
	return left > 0 ? left * 1000 + 1 : 0;
}

static void watch(struct top *top, int signals)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	bool go_on = true;

	take_samples(top);
	while (go_on) {
		draw(top);
		if (poll(fds, ARRAY_SIZE(fds), milliseconds_left(top)) < 0) {
			leave_screen();
			die("poll: %m");
		}
		if (fds[1].revents)
			go_on = handle_signal(signals);
		else if (fds[0].revents)
			go_on = handle_key(top);
		if (!milliseconds_left(top))
			take_samples(top);
	}
}

static int top_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("seconds", OPT_SECONDS),
		OPTION("help", 'h'),
		OPTION_END
	};
	static struct top top = { .interval = 2 };
	__u32 id;
	int err;

	while (next_option(verb, argc, argv, options) != -1) {
		top.interval = number_option(verb, "--seconds", optarg, 3600);
		if (!top.interval)
			usage_error(verb, "--seconds 0: give at least 1");
	}
	want_operands(verb, argc, 0, 0);
	err = kaku_next_handler(0, &id);
	if (err && err != -ENOENT)
		die_of(err, "cannot list the handlers");

	open_screen();
	watch(&top, open_signals());
	return 0;
}

const struct verb verb_top = {
	.name = "top",
	.summary = "show the handlers live, in a terminal",
	.help =
"Usage: kaku top [OPTION...]\n"
"\n"
"Show the handlers live, in a terminal. Keys: q quits, h sorts by what is held, f by\n"
"faults.\n"
"\n"
"Options:\n"
"  --seconds N      look every N seconds; otherwise 2\n"
"  -h, --help       print this\n",
	.run = top_main,
};
