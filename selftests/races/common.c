// SPDX-License-Identifier: GPL-2.0-only
/*
 * What workers and disturbers share: chance, the board, files, and the calls of
 * /dev/mm_policy.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "races.h"

struct board *board;
struct target *self;
int veteran[VETERANS];
const char *policies_dir, *files_dir, *swap_area[2];

/*
 * Chance
 */

static __thread uint64_t state;

uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t z = a * 0x9e3779b97f4a7c15ULL + b + 0x632be59bd9b4e019ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Everybody with a number of his own, so that a seed repeats what each one does */
void random_begin(uint64_t number)
{
	state = mix(board->seed, number);
}

uint64_t pick(uint64_t below)
{
	state += 0x9e3779b97f4a7c15ULL;
	return below ? mix(state, 0) % below : 0;
}

bool chance(unsigned int percent)
{
	return pick(100) < percent;
}

/*
 * The board
 */

void die(const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain("%s (%s)", text, strerror(errno));
	_exit(1);
}

void complain(const char *format, ...)
{
	unsigned int number = atomic_fetch_add(&board->complaints, 1);
	va_list args;

	if (number >= MAX_COMPLAINTS)
		return;
	va_start(args, format);
	vsnprintf(board->complaint[number], sizeof(board->complaint[0]), format, args);
	va_end(args);
}

bool stopped(void)
{
	return atomic_load(&board->stop);
}

void nap(unsigned int us)
{
	struct timespec time = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&time, NULL);
}

void follow_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

bool ended_well(int status)
{
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/*
 * Switching a static key changes code that other processors are just running. The
 * emulator of QEMU 7.2, with a thread for each processor, then may keep the breakpoint
 * that was in its place meanwhile ("Oops: int3").
 */
bool may_patch(void)
{
	char text[1000];

	return sysconf(_SC_NPROCESSORS_CONF) == 1 ||
	       !get("/proc/cpuinfo", text, sizeof(text)) || !strstr(text, "QEMU TCG");
}

/*
 * Files
 */

bool put(const char *path, const char *format, ...)
{
	char text[256];
	va_list args;
	ssize_t done;
	int fd, length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, text, length);
	close(fd);
	return done == length;
}

bool get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t done;

	if (fd < 0)
		return false;
	done = read(fd, text, size - 1);
	close(fd);
	text[done > 0 ? done : 0] = '\0';
	return done >= 0;
}

bool swallow(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t done;

	if (fd < 0)
		return false;
	do {
		done = read(fd, text, sizeof(text));
	} while (done > 0);
	close(fd);
	return !done;
}

long number_in(const char *path, const char *name)
{
	size_t length = strlen(name);
	FILE *file = fopen(path, "re");
	long number = -1;
	char line[256];

	if (!file)
		return -1;
	while (number < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && strchr(": \t", line[length]))
			number = strtol(line + length + 1, NULL, 10);
	fclose(file);
	return number;
}

/*
 * Policies and handlers
 */

const char * const policy_names[] = {
	"nru", "linear", "fifo", "mru", "s3fifo", "stream", "stride", "lfu", "hints",
	"seq", "leap", "vma", "probe", "noop", "hyperbolic", "region", "lhd",
};

const unsigned int nr_policy_names = ARRAY_LEN(policy_names);

int control(void)
{
	return open("/dev/mm_policy", O_RDWR | O_CLOEXEC);
}

int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

/* Mostly one that is registered just now */
const char *any_policy(void)
{
	static __thread struct mm_policy_entry entry;
	int fd, err;

	if (chance(10))
		return policy_names[pick(nr_policy_names)];
	entry = (struct mm_policy_entry){ .size = sizeof(entry), .index = pick(10) };
	fd = control();
	err = call(fd, MM_POLICY_ENTRY, &entry);
	close(fd);
	return err ? "clock" : entry.name;
}

int create_handler(const char *policy, uint64_t limit)
{
	struct mm_policy_create create = { .size = sizeof(create), .limit = limit };
	unsigned int i;
	int fd = control();

	snprintf(create.policy, sizeof(create.policy), "%s", policy);
	if (chance(50))
		for (i = 0; i < MM_POLICY_NR_ARGS; i++)
			create.args[i] = pick(8);
	if (fd >= 0 && call(fd, MM_POLICY_CREATE, &create)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Small; but a whole process gets nowhere with nearly nothing. */
uint64_t any_limit(bool wide)
{
	if (chance(5))
		return 0;
	return wide ? 8 * MIB + pick(16 * MIB) : 64 * KIB + pick(2 * MIB);
}

bool attach(int fd, int pidfd, uintptr_t start, size_t length, uint32_t flags, uint32_t tag)
{
	struct mm_policy_attach a = {
		.size = sizeof(a),
		.flags = flags,
		.pidfd = pidfd,
		.tag = tag,
		.start = start,
		.length = length,
	};

	return !call(fd, MM_POLICY_ATTACH, &a);
}

bool detach(int pidfd, uintptr_t start, size_t length)
{
	struct mm_policy_detach d = {
		.size = sizeof(d),
		.pidfd = pidfd,
		.start = start,
		.length = length,
	};
	int fd = control();
	int err = call(fd, MM_POLICY_DETACH, &d);

	close(fd);
	return !err;
}

int open_pid(pid_t pid)
{
	return pid > 0 ? syscall(SYS_pidfd_open, pid, 0) : -1;
}

const struct target *any_target(void)
{
	return &board->target[pick(board->nr_targets)];
}

const struct target *any_worker(void)
{
	return &board->target[pick(WORKERS)];
}

/* Mostly pieces of some size: single pages make very many mappings. */
struct range any_range(const struct target *target)
{
	const struct range *area = &target->area[pick(target->nr_areas)];
	size_t unit = chance(90) ? 16 * PAGE : PAGE;
	size_t units = area->length / unit, first, nr;

	if (chance(20))
		return *area;
	first = pick(units);
	nr = 1 + pick(units - first);
	return (struct range){ area->start + first * unit, nr * unit };
}
