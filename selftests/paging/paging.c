// SPDX-License-Identifier: GPL-2.0-only
/*
 * References pages in a named pattern, under a policy, under a control group's
 * limit, or freely, and counts the page faults that it takes.
 *
 * What it counts as a refault: a page fault on a page of the pattern that had been
 * in memory earlier in the run. That is, all page faults of the measured stretch
 * (ru_minflt + ru_majflt), but one for each page that is referenced for the first
 * time. It does not matter who took the page away, nor whether it was read from a
 * device again or found on its way there. Nothing else of the program can fault: it
 * is linked statically and locked in memory, page tables of the pattern included.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "area.h"
#include "handler.h"
#include "patterns.h"
#include "refs.h"

struct moment {
	struct rusage usage;
	uint64_t ns, cpu_ns, references, distinct, sectors;
	uint64_t cgroup_refaults;
	struct mm_policy_info handler;
};

static struct area area;
static struct refs_writer recorder;
static const struct pattern *pattern;
static const char *cgroup, *device, *policy;
static uint64_t limit;
static int handler = -1;
static struct moment before, after;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ------------------------------------------------------------------- small files */

static int open_in(const char *dir, const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s: %m", path);
	return fd;
}

static void put(const char *dir, const char *name, const char *text)
{
	int fd = open_in(dir, name, O_WRONLY);

	if (write(fd, text, strlen(text)) < 0)
		die("cannot write '%s' to %s/%s: %m", text, dir, name);
	close(fd);
}

static const char *get(const char *dir, const char *name)
{
	static char text[8192];
	int fd = open_in(dir, name, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		die("cannot read %s/%s: %m", dir, name);
	text[n] = 0;
	close(fd);
	return text;
}

/* The value behind a word at the start of a line. */
static uint64_t value_of(const char *text, const char *word)
{
	const char *at = text;

	while (at && strncmp(at, word, strlen(word))) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		die("there is no %s", word);
	return strtoull(at + strlen(word), NULL, 10);
}

/* -------------------------------------------------------------- what is measured */

static void enter_cgroup(void)
{
	if (mkdir(cgroup, 0755) && errno != EEXIST)
		die("cannot make %s: %m", cgroup);
	put(cgroup, "cgroup.procs", "0");
	/*
	 * Stock reclaim of a small group sometimes finds nothing though nearly all of it
	 * could go, and would kill. So it is asked again; see cgroup_ooms.
	 */
	put("/proc/self", "oom_score_adj", "-1000");
}

static uint64_t cgroup_refaults(void)
{
	const char *text = get(cgroup, "memory.stat");

	return value_of(text, "workingset_refault_anon ") +
	       value_of(text, "workingset_refault_file ");
}

/* Third of the numbers: sectors of 512 bytes that were read. */
static uint64_t sectors_read(void)
{
	char dir[64];
	uint64_t sectors;

	snprintf(dir, sizeof(dir), "/sys/block/%s", device);
	if (sscanf(get(dir, "stat"), "%*u %*u %lu", &sectors) != 1)
		die("cannot make sense of %s/stat", dir);
	return sectors;
}

static void take(struct moment *m)
{
	m->references = area.references;
	m->distinct = area.distinct;
	if (cgroup)
		m->cgroup_refaults = cgroup_refaults();
	if (device)
		m->sectors = sectors_read();
	if (handler >= 0)
		handler_info(handler, &m->handler);
}

static void start(void)
{
	take(&before);
	getrusage(RUSAGE_SELF, &before.usage);
	before.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	before.ns = clock_ns(CLOCK_MONOTONIC);
}

static void stop(void)
{
	after.ns = clock_ns(CLOCK_MONOTONIC);
	after.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	getrusage(RUSAGE_SELF, &after.usage);
	/* What is being read at this moment was read. */
	if (device)
		nanosleep(&(struct timespec) { .tv_nsec = 10000000 }, NULL);
	take(&after);
}

static ucontext_t outside, inside;

static void run_inside(void)
{
	pattern->run(&area);
}

static void run(void)
{
	if (!area.stack) {
		pattern->run(&area);
		return;
	}
	/* Here, since it needs more stack than the pattern has. */
	start();
	area.start_at = UINT64_MAX;
	if (getcontext(&inside))
		die("getcontext: %m");
	inside.uc_stack.ss_sp = area.base + (area_pages(&area) - area.stack) * PAGE;
	inside.uc_stack.ss_size = area.stack * PAGE;
	inside.uc_link = &outside;
	makecontext(&inside, run_inside, 0);
	if (swapcontext(&outside, &inside))
		die("swapcontext: %m");
}

static void say(const char *key, uint64_t value)
{
	printf("%s=%lu\n", key, value);
}

static void report_handler(void)
{
	static const struct {
		const char *key;
		int stat;
	} shown[] = {
		{ "handler_faults", MM_POLICY_STAT_FAULTS },
		{ "handler_refaults", MM_POLICY_STAT_REFAULTS },
		{ "handler_evicted", MM_POLICY_STAT_EVICTED },
		{ "handler_evicted_clock", MM_POLICY_STAT_EVICTED_CLOCK },
		{ "handler_selects", MM_POLICY_STAT_SELECTS },
		{ "handler_shortfalls", MM_POLICY_STAT_SHORTFALLS },
		{ "handler_overruns", MM_POLICY_STAT_OVERRUNS },
		{ "handler_prefetched", MM_POLICY_STAT_PREFETCHED },
		{ "handler_prefetch_used", MM_POLICY_STAT_PREFETCH_USED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		say(shown[i].key, after.handler.stat[shown[i].stat] -
		    before.handler.stat[shown[i].stat]);
}

static void report(void)
{
	uint64_t minor = after.usage.ru_minflt - before.usage.ru_minflt;
	uint64_t major = after.usage.ru_majflt - before.usage.ru_majflt;
	uint64_t distinct = after.distinct - before.distinct;

	say("pages", area_pages(&area));
	say("references", after.references - before.references);
	say("first_touches", distinct);
	say("minor_faults", minor);
	say("major_faults", major);
	/* With read-ahead a page may come without a fault: there are no refaults then. */
	if (!area.ahead) {
		if (minor + major < distinct)
			die("%lu pages were touched with %lu faults", distinct, minor + major);
		say("refaults", minor + major - distinct);
	}
	say("time_ns", after.ns - before.ns);
	say("cpu_ns", after.cpu_ns - before.cpu_ns);
	if (cgroup) {
		say("cgroup_refaults", after.cgroup_refaults - before.cgroup_refaults);
		say("cgroup_ooms", value_of(get(cgroup, "memory.events"), "oom "));
		say("cgroup_peak_pages", strtoull(get(cgroup, "memory.peak"), NULL, 10) / PAGE);
	}
	if (device)
		say("pages_read", (after.sectors - before.sectors) * 512 / PAGE);
	if (handler >= 0)
		report_handler();
}

/* --------------------------------------------------------------------------- main */

static void usage(FILE *to)
{
	fprintf(to,
		"usage: paging [OPTION...] PATTERN\n\n"
		"  --map KIND      anon (default), shmem, private or shared (the latter two\n"
		"                  of --file)\n"
		"  --file FILE     to map; it is made as it has to be\n"
		"  --pages N       of data, instead of what the pattern likes\n"
		"  --references N  likewise\n"
		"  --seed N        of what is random\n"
		"  --write         write with each reference\n"
		"  --policy NAME   let the pages answer to this policy ...\n"
		"  --limit N       ... which may hold so many\n"
		"  --whole         ... and the rest of the process as well\n"
		"  --cgroup DIR    run in this control group; without --policy the limit\n"
		"                  is its memory.max\n"
		"  --flush N       drop all cached translations every N references\n"
		"  --nap US        ... and sleep before that\n"
		"  --skip N        measure what comes behind the first N references\n"
		"  --ahead         pages may be read ahead: count no refaults\n"
		"  --away          begin with all pages on the disk\n"
		"  --device NAME   count what is read from this block device\n"
		"  --record FILE   write down which pages are referenced, in order\n\n"
		"PATTERN:\n");
	patterns_list(to);
}

static enum area_kind kind_of(const char *name)
{
	static const char *const names[] = { "anon", "shmem", "private", "shared" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			return i;
	}
	die("there is no kind of mapping '%s'", name);
}

/* Have as much stack as will be needed, now. */
static __attribute__((noinline)) void grow_stack(void)
{
	volatile char space[64 * 1024];

	for (size_t i = 0; i < sizeof(space); i += PAGE)
		space[i] = 1;
}

static void settle(void)
{
	static char stdout_buffer[BUFSIZ];

	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
	grow_stack();
	clock_ns(CLOCK_MONOTONIC);	/* the page of the clock cannot be locked */
	if (mlockall(MCL_CURRENT))
		die("mlockall: %m");
}

static void set_limit(void)
{
	char text[32];

	if (policy) {
		handler = handler_create(policy, limit);
		return;
	}
	if (!limit)
		return;
	if (!cgroup)
		die("a limit takes a policy or a control group");
	snprintf(text, sizeof(text), "%lu", limit * PAGE);
	put(cgroup, "memory.max", text);
}

int main(int argc, char **argv)
{
	enum { MAP = 256, FILE_NAME, PAGES, REFERENCES, SEED, WRITE, POLICY, LIMIT, WHOLE,
	       CGROUP, FLUSH, NAP, SKIP, AHEAD, AWAY, DEVICE_NAME, RECORD };
	static const struct option options[] = {
		{ "map", required_argument, NULL, MAP },
		{ "file", required_argument, NULL, FILE_NAME },
		{ "pages", required_argument, NULL, PAGES },
		{ "references", required_argument, NULL, REFERENCES },
		{ "seed", required_argument, NULL, SEED },
		{ "write", no_argument, NULL, WRITE },
		{ "policy", required_argument, NULL, POLICY },
		{ "limit", required_argument, NULL, LIMIT },
		{ "whole", no_argument, NULL, WHOLE },
		{ "cgroup", required_argument, NULL, CGROUP },
		{ "flush", required_argument, NULL, FLUSH },
		{ "nap", required_argument, NULL, NAP },
		{ "skip", required_argument, NULL, SKIP },
		{ "ahead", no_argument, NULL, AHEAD },
		{ "away", no_argument, NULL, AWAY },
		{ "device", required_argument, NULL, DEVICE_NAME },
		{ "record", required_argument, NULL, RECORD },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct pattern_options o = { .seed = 20261120 };
	bool whole = false, away = false;
	const char *record = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case MAP:
			area.kind = kind_of(optarg);
			break;
		case FILE_NAME:
			area.file = optarg;
			break;
		case PAGES:
			o.pages = number("--pages", optarg, 1, REFS_MAX_PAGES);
			break;
		case REFERENCES:
			o.references = number("--references", optarg, 1, UINT32_MAX);
			break;
		case SEED:
			o.seed = number("--seed", optarg, 1, UINT64_MAX);
			break;
		case WRITE:
			area.write = true;
			break;
		case POLICY:
			policy = optarg;
			break;
		case LIMIT:
			limit = number("--limit", optarg, 0, REFS_MAX_PAGES);
			break;
		case WHOLE:
			whole = true;
			break;
		case CGROUP:
			cgroup = optarg;
			break;
		case FLUSH:
			area.flush = number("--flush", optarg, 1, UINT32_MAX);
			break;
		case NAP:
			area.nap_us = number("--nap", optarg, 0, 1000000000);
			break;
		case SKIP:
			area.start_at = number("--skip", optarg, 0, UINT32_MAX);
			break;
		case AHEAD:
			area.ahead = true;
			break;
		case AWAY:
			away = true;
			break;
		case DEVICE_NAME:
			device = optarg;
			break;
		case RECORD:
			record = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		return 2;
	}
	if (area_of_file(&area) != !!area.file)
		die("--file is for a private or shared mapping, and is needed there");
	pattern = pattern_find(argv[optind], &o);
	pattern->prepare(&area, &o);
	area.start = start;
	/* What is mapped now stays, whatever happens. */
	settle();
	area_map(&area);
	if (record) {
		refs_create(&recorder, record, area_pages(&area));
		area.record = &recorder;
	}
	if (cgroup)
		enter_cgroup();
	if (away)
		area_send_away(&area, cgroup);
	set_limit();
	if (handler >= 0)
		handler_attach(handler, whole ? NULL : area.base,
			       whole ? 0 : area_pages(&area) * PAGE, 0);

	run();
	stop();
	if (!before.ns)
		die("all of the %lu references were skipped", area.references);
	if (record)
		refs_close(&recorder);
	if (handler >= 0)
		handler_check(handler);
	report();
	return 0;
}
