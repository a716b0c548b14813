// SPDX-License-Identifier: GPL-2.0-only
/* See policy.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "policy.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

void die(const char *format, ...)
{
	int err = errno;
	va_list args;

	printf("Bail out! ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (%s)\n", strerror(err));
	fflush(stdout);
	exit(1);
}

/*
 * /dev/mm_policy
 */

int policy_open(void)
{
	int fd = open("/dev/mm_policy", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/mm_policy");
	return fd;
}

int policy_call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

int policy_try_create(int fd, const char *policy, uint64_t limit)
{
	struct mm_policy_create c = { .size = sizeof(c), .limit = limit };

	strncpy(c.policy, policy, sizeof(c.policy) - 1);
	return policy_call(fd, MM_POLICY_CREATE, &c);
}

int policy_create(const char *policy, uint64_t limit)
{
	int fd = policy_open();
	int err = policy_try_create(fd, policy, limit);

	errno = -err;
	if (err)
		die("no handler of %s", policy);
	return fd;
}

int policy_take(int fd, uint32_t id)
{
	struct mm_policy_open o = { .size = sizeof(o), .id = id };

	return policy_call(fd, MM_POLICY_OPEN, &o);
}

int policy_attach_as(int fd, int pidfd, const void *start, size_t length, uint32_t flags,
		     uint32_t tag)
{
	struct mm_policy_attach a = {
		.size = sizeof(a),
		.flags = flags,
		.pidfd = pidfd,
		.tag = tag,
		.start = (uintptr_t)start,
		.length = length,
	};

	return policy_call(fd, MM_POLICY_ATTACH, &a);
}

int policy_attach(int fd, int pidfd, const void *start, size_t length)
{
	return policy_attach_as(fd, pidfd, start, length, 0, 0);
}

int policy_detach(int pidfd, const void *start, size_t length)
{
	struct mm_policy_detach d = {
		.size = sizeof(d),
		.pidfd = pidfd,
		.start = (uintptr_t)start,
		.length = length,
	};
	int fd = policy_open();
	int err = policy_call(fd, MM_POLICY_DETACH, &d);

	close(fd);
	return err;
}

int policy_set_limit(int fd, uint64_t limit)
{
	struct mm_policy_set set = {
		.size = sizeof(set),
		.what = MM_POLICY_SET_LIMIT,
		.limit = limit,
	};

	return policy_call(fd, MM_POLICY_SET, &set);
}

int policy_set_policy(int fd, const char *policy)
{
	struct mm_policy_set set = { .size = sizeof(set), .what = MM_POLICY_SET_POLICY };

	strncpy(set.policy, policy, sizeof(set.policy) - 1);
	return policy_call(fd, MM_POLICY_SET, &set);
}

int policy_allow(const char *policy, uint32_t flags, uint32_t gid)
{
	struct mm_policy_allow allow = { .size = sizeof(allow), .flags = flags, .gid = gid };
	int fd = policy_open();
	int err;

	strncpy(allow.name, policy, sizeof(allow.name) - 1);
	err = policy_call(fd, MM_POLICY_ALLOW, &allow);
	close(fd);
	return err;
}

long policy_reclaim(int fd, uint64_t bytes)
{
	struct mm_policy_reclaim r = { .size = sizeof(r), .bytes = bytes };
	int err = policy_call(fd, MM_POLICY_RECLAIM, &r);

	errno = -err;
	if (err)
		die("MM_POLICY_RECLAIM");
	return r.bytes / PAGE;
}

struct mm_policy_info policy_info(int fd)
{
	struct mm_policy_info info = { .size = sizeof(info) };
	int err = policy_call(fd, MM_POLICY_INFO, &info);

	errno = -err;
	if (err)
		die("MM_POLICY_INFO");
	return info;
}

long policy_held(int fd)
{
	return policy_info(fd).held / PAGE;
}

uint64_t policy_stat(int fd, enum mm_policy_stat stat)
{
	return policy_info(fd).stat[stat];
}

uint32_t policy_id(int fd)
{
	return policy_info(fd).id;
}

int policy_entry(const char *name, struct mm_policy_entry *entry)
{
	int fd = policy_open();
	uint32_t index;
	int err;

	for (index = 0;; index++) {
		memset(entry, 0, sizeof(*entry));
		entry->size = sizeof(*entry);
		entry->index = index;
		err = policy_call(fd, MM_POLICY_ENTRY, entry);
		if (err || !strcmp(entry->name, name))
			break;
	}
	close(fd);
	return err;
}

static const char *build(void)
{
	const char *dir = getenv("KAKU_BUILD");

	if (!dir) {
		errno = ENOENT;
		die("KAKU_BUILD is not set");
	}
	return dir;
}

const char *policy_object(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/bpf/%s.bpf.o", build(), name);
	return path;
}

const char *policy_own_object(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/selftests/policy/%s.bpf.o", build(), name);
	return path;
}

void policy_load(const char *object)
{
	run("%s/tools/bin/bpftool struct_ops register %s >/tmp/policy-load 2>&1 || ! cat %s",
	    build(), object, "/tmp/policy-load");
}

void policy_unload(const char *name)
{
	run("%s/tools/bin/bpftool struct_ops unregister name %s >/dev/null 2>&1", build(),
	    name);
}

bool policy_all_gone(void)
{
	struct mm_policy_next next = { .size = sizeof(next) };
	int fd = policy_open();
	bool gone = false;
	int i;

	/* Their end is a worker's, after a grace period */
	for (i = 0; i < 100 && !gone; i++) {
		next.id = 0;
		gone = policy_call(fd, MM_POLICY_NEXT, &next) == -ENOENT &&
		       meminfo_kb("Managed") == 0;
		if (!gone)
			usleep(100000);
	}
	close(fd);
	if (!gone)
		printf("# handler %u is left (0: none), Managed: %ld kB\n", next.id,
		       meminfo_kb("Managed"));
	return gone;
}

/*
 * Memory
 */

void *map_anon(size_t pages)
{
	void *area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

static uint64_t word(size_t page, unsigned int at, unsigned int seed)
{
	return ((uint64_t)seed << 48 | page << 12 | at) * 0x9e3779b97f4a7c15ULL + 1;
}

static const unsigned int places[] = { 0, 1360, 4088 };

void fill(void *area, size_t pages, unsigned int seed)
{
	size_t i, j;

	for (i = 0; i < pages; i++)
		for (j = 0; j < 3; j++)
			*(uint64_t *)((char *)area + i * PAGE + places[j]) =
				word(i, places[j], seed);
}

bool intact(const void *area, size_t pages, unsigned int seed)
{
	size_t i, j;

	for (i = 0; i < pages; i++)
		for (j = 0; j < 3; j++) {
			uint64_t got = *(volatile uint64_t *)((char *)area + i * PAGE +
							      places[j]);

			if (got == word(i, places[j], seed))
				continue;
			printf("# page %zu of %zu, byte %u: %" PRIx64 "\n", i, pages,
			       places[j], got);
			return false;
		}
	return true;
}

void touch(const void *area, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++)
		(void)*(volatile char *)((char *)area + i * PAGE);
}

static uint64_t pagemap(const void *address)
{
	static int fd = -1;
	static pid_t whose;
	uint64_t entry;

	if (whose != getpid()) {
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		whose = getpid();
	}
	if (pread(fd, &entry, 8, (uintptr_t)address / PAGE * 8) != 8)
		die("pagemap");
	return entry;
}

size_t resident(const void *area, size_t pages)
{
	size_t i, nr = 0;

	for (i = 0; i < pages; i++)
		nr += pagemap((char *)area + i * PAGE) >> 63;
	return nr;
}

uint64_t page_flags_of(const void *address)
{
	uint64_t entry = pagemap(address), flags = 0;
	static int fd = -1;

	if (!(entry >> 63))
		return 0;
	if (fd < 0)
		fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (pread(fd, &flags, 8, (entry & ((1ULL << 55) - 1)) * 8) != 8)
		die("kpageflags");
	return flags;
}

/*
 * /proc
 */

static FILE *proc_file(pid_t pid, const char *name)
{
	char path[64];
	FILE *file;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	file = fopen(path, "re");
	if (!file)
		die("%s", path);
	return file;
}

/* A mapping as smaps describes it */
struct mapping {
	uint64_t start, end;
	long rss;
	bool managed;
};

static bool next_mapping(FILE *smaps, struct mapping *m)
{
	char line[4096 + 256];

	memset(m, 0, sizeof(*m));
	while (fgets(line, sizeof(line), smaps)) {
		uint64_t start, end;

		if (!isupper(line[0]) &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2) {
			m->start = start;
			m->end = end;
		}
		sscanf(line, "Rss: %ld", &m->rss);
		if (!strncmp(line, "VmFlags:", 8)) {
			m->managed = strstr(line, " mp");
			m->rss /= 4;
			return true;
		}
	}
	return false;
}

int count_maps(pid_t pid, const void *start, size_t length)
{
	uint64_t from = (uintptr_t)start, to = from + length;
	FILE *smaps = proc_file(pid, "smaps");
	struct mapping m;
	int nr = 0;

	while (next_mapping(smaps, &m))
		nr += m.start < to && m.end > from;
	fclose(smaps);
	return nr;
}

long mapped_in(pid_t pid, const void *start, size_t length)
{
	uint64_t from = (uintptr_t)start, to = from + length;
	FILE *smaps = proc_file(pid, "smaps");
	struct mapping m;
	long nr = 0;

	while (next_mapping(smaps, &m))
		if (m.start < to && m.end > from)
			nr += m.rss;
	fclose(smaps);
	return nr;
}

long managed_rss(pid_t pid)
{
	FILE *smaps = proc_file(pid, "smaps");
	struct mapping m;
	long nr = 0;

	while (next_mapping(smaps, &m))
		if (m.managed)
			nr += m.rss;
	fclose(smaps);
	return nr;
}

bool is_managed(pid_t pid, const void *address)
{
	FILE *smaps = proc_file(pid, "smaps");
	bool managed = false;
	struct mapping m;

	while (next_mapping(smaps, &m))
		if (m.start <= (uintptr_t)address && m.end > (uintptr_t)address)
			managed = m.managed;
	fclose(smaps);
	return managed;
}

static uint32_t look_up(pid_t pid, const void *address, uint32_t *tag)
{
	FILE *file = proc_file(pid, "mm_policy");
	uint32_t id, handler = 0;
	char line[256], policy[32];
	uint64_t start, end;

	while (fgets(line, sizeof(line), file)) {
		uint32_t t;

		if (address && sscanf(line, "%" SCNx64 "-%" SCNx64 " %u %31s %u", &start, &end,
				      &id, policy, &t) == 5 &&
		    start <= (uintptr_t)address && end > (uintptr_t)address) {
			handler = id;
			*tag = t;
		}
		if (!address && sscanf(line, "default %u %31s %u", &id, policy, &t) == 3) {
			handler = id;
			*tag = t;
		}
	}
	fclose(file);
	return handler;
}

uint32_t answers_to(pid_t pid, const void *address)
{
	uint32_t tag;

	return look_up(pid, address, &tag);
}

uint32_t tag_of(pid_t pid, const void *address)
{
	uint32_t tag = ~0U;

	look_up(pid, address, &tag);
	return tag;
}

uint32_t default_of(pid_t pid)
{
	uint32_t tag;

	return look_up(pid, NULL, &tag);
}

long named_number(const char *path, const char *name)
{
	size_t length = strlen(name);
	FILE *file = fopen(path, "re");
	long value = -1;
	char line[256];

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && strchr(": \t", line[length])) {
			value = atol(line + length + 1);
			break;
		}
	fclose(file);
	return value;
}

long status_kb(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", pid ?: getpid());
	return named_number(path, name);
}

long meminfo_kb(const char *name)
{
	return named_number("/proc/meminfo", name);
}

long vmstat(const char *name)
{
	return named_number("/proc/vmstat", name);
}

/*
 * Files and commands
 */

bool write_text(const char *path, const char *format, ...)
{
	char text[256];
	va_list args;
	bool good;
	int fd, len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = write(fd, text, len) == len;
	close(fd);
	return good;
}

char *read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t got = 0;

	if (fd < 0)
		return NULL;
	while (at < size - 1 && (got = read(fd, text + at, size - 1 - at)) > 0)
		at += got;
	text[at] = '\0';
	close(fd);
	return got < 0 ? NULL : text;
}

int try_run(const char *format, ...)
{
	char command[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	fflush(stdout);
	return system(command);
}

void run(const char *format, ...)
{
	char command[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	fflush(stdout);
	errno = 0;
	if (system(command))
		die("%s", command);
}

/*
 * Children
 */

/* Ends of pipes to children, which their siblings must not keep open */
static int child_ends[64];
static unsigned int nr_child_ends;

struct child child_start(void (*fn)(struct child *parent, void *arg), void *arg)
{
	struct child child = { 0 };
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		die("pipe2");
	fflush(stdout);
	child.pid = fork();
	if (child.pid < 0)
		die("fork");
	if (!child.pid) {
		struct child parent = { .pid = getppid(), .to = up[1], .from = down[0] };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(down[1]);
		close(up[0]);
		while (nr_child_ends)
			close(child_ends[--nr_child_ends]);
		fn(&parent, arg);
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	child.to = down[1];
	child.from = up[0];
	if (nr_child_ends < 63) {
		child_ends[nr_child_ends++] = child.to;
		child_ends[nr_child_ends++] = child.from;
	}
	child.pidfd = syscall(SYS_pidfd_open, child.pid, 0);
	if (child.pidfd < 0)
		die("pidfd_open");
	return child;
}

void say(struct child *other, uint64_t what)
{
	if (write(other->to, &what, sizeof(what)) != sizeof(what))
		die("nobody listens");
}

/* If the other is gone, all bits are set. */
uint64_t hear(struct child *other)
{
	uint64_t what;

	if (read(other->from, &what, sizeof(what)) != sizeof(what))
		return ~0ULL;
	return what;
}

uint64_t ask(struct child *other, uint64_t what)
{
	say(other, what);
	return hear(other);
}

int child_end(struct child *child)
{
	unsigned int i, kept = 0;
	int status = -1;

	for (i = 0; i < nr_child_ends; i++)
		if (child_ends[i] != child->to && child_ends[i] != child->from)
			child_ends[kept++] = child_ends[i];
	nr_child_ends = kept;
	close(child->to);
	close(child->from);
	waitpid(child->pid, &status, 0);
	close(child->pidfd);
	return status;
}

void become(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("setresuid");
	/* As after a login; its own files in /proc are its own again. */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/*
 * Control groups
 */

#define GROUPS	"/sys/fs/cgroup"

static const char *group_path(const char *name, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), GROUPS "/%s/%s", name, file);
	return path;
}

void group_make(const char *name)
{
	if (!write_text(GROUPS "/cgroup.subtree_control", "+memory"))
		die("no memory control groups");
	if (mkdir(group_path(name, ""), 0755))
		die("control group %s", name);
}

void group_enter(const char *name, pid_t pid)
{
	if (!write_text(group_path(name, "cgroup.procs"), "%d", pid))
		die("into control group %s", name);
}

bool group_write(const char *name, const char *file, const char *text)
{
	return write_text(group_path(name, file), "%s", text);
}

long group_read(const char *name, const char *file)
{
	char text[64];

	if (!read_text(group_path(name, file), text, sizeof(text)))
		die("%s/%s", name, file);
	return atol(text);
}

long group_stat(const char *name, const char *file, const char *key)
{
	return named_number(group_path(name, file), key);
}

void group_drop(const char *name)
{
	int i;

	/* The last process may not be quite gone */
	for (i = 0; i < 50 && rmdir(group_path(name, "")) && errno == EBUSY; i++)
		usleep(100000);
}

/*
 * Holders of memory
 */

struct hold {
	const char *policy;
	const char *group;
	size_t mib;
	int handler;
	uid_t uid;
};

static void hold_memory(struct child *parent, void *arg)
{
	struct hold *hold = arg;
	size_t pages = hold->mib * MIB / PAGE;
	int fd = hold->handler;
	char *mine;

	if (hold->group)
		group_enter(hold->group, 0);
	if (hold->uid)
		become(hold->uid);
	if (hold->policy && fd < 0)
		fd = policy_create(hold->policy, 0);
	mine = map_anon(pages);
	if (fd >= 0 && policy_attach(fd, -1, mine, pages * PAGE))
		die("attach");
	fill(mine, pages, 1);
	for (;;) {
		say(parent, 1);
		switch (hear(parent)) {
		case 'h':
			say(parent, policy_held(fd));
			break;
		case 'p':
			say(parent, policy_stat(fd, MM_POLICY_STAT_PRESSURE));
			break;
		case 'r':
			say(parent, resident(mine, pages));
			break;
		case 'c':
			say(parent, intact(mine, pages, 1));
			break;
		case 'v':
			say(parent, madvise(mine, pages * PAGE, MADV_PAGEOUT));
			break;
		default:
			return;
		}
	}
}

struct child hold(const char *policy, const char *group, size_t mib, int handler, uid_t uid)
{
	struct hold what = { policy, group, mib, handler, uid };
	struct child child;

	child = child_start(hold_memory, &what);
	if (hear(&child) != 1)
		printf("# the one that holds memory is gone\n");
	return child;
}

long tell(struct child *child, char what)
{
	long said = ask(child, what);

	hear(child);
	return said;
}

bool end(struct child *child)
{
	int status;

	say(child, 0);
	status = child_end(child);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/*
 * A file system
 */

void make_ext4(unsigned int mib)
{
	const char *disk = "/tmp/policy-disk";

	run("truncate -s %uM %s && mke2fs -q -t ext4 -F %s", mib, disk, disk);
	run("mkdir -p /mnt/ext4 && mount -o loop %s /mnt/ext4", disk);
}

void drop_ext4(void)
{
	run("umount /mnt/ext4 && rm /tmp/policy-disk");
}

/*
 * Swap
 */

static char swap_device[64];
static pid_t swap_owner;

void swap_off(void)
{
	if (!swap_device[0] || swap_owner != getpid())
		return;
	if (swapoff(swap_device))
		printf("# swapoff %s: %s\n", swap_device, strerror(errno));
	if (!strncmp(swap_device, "/dev/zram", 9))
		write_text("/sys/class/zram-control/hot_remove", "%s", swap_device + 9);
	else
		rmdir("/sys/kernel/config/nullb/nullb_policy");
	swap_device[0] = '\0';
}

static void swap_on(void)
{
	run("mkswap %s >/dev/null", swap_device);
	if (swapon(swap_device, 0))
		die("swapon %s", swap_device);
	swap_owner = getpid();
	atexit(swap_off);
}

void swap_on_zram(unsigned int mib)
{
	char number[16], path[64];

	if (!read_text("/sys/class/zram-control/hot_add", number, sizeof(number)))
		die("no zram");
	number[strcspn(number, "\n")] = '\0';
	snprintf(path, sizeof(path), "/sys/block/zram%s/disksize", number);
	if (!write_text(path, "%uM", mib))
		die("%s", path);
	snprintf(swap_device, sizeof(swap_device), "/dev/zram%s", number);
	swap_on();
}

void swap_on_disk(unsigned int mib, unsigned int latency_us)
{
	const char *dir = "/sys/kernel/config/nullb/nullb_policy";
	const struct {
		const char *name;
		unsigned int value;
	} set[7] = {
		{ "memory_backed", 1 }, { "size", mib }, { "blocksize", 4096 },
		{ "irqmode", latency_us ? 2 : 0 }, { "completion_nsec", latency_us * 1000 },
		{ "hw_queue_depth", 64 }, { "power", 1 },
	};
	char path[128];
	size_t i;

	if (mkdir(dir, 0755))
		die("no null_blk");
	for (i = 0; i < 7; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, set[i].name);
		if (!write_text(path, "%u", set[i].value))
			die("%s", path);
	}
	strcpy(swap_device, "/dev/nullb_policy");
	swap_on();
}

/*
 * The rest
 */

void set_mglru(bool on)
{
	if (!write_text("/sys/kernel/mm/lru_gen/enabled", "%c", on ? 'y' : 'n'))
		die("lru_gen");
}

static uint64_t clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000ULL + t.tv_nsec / 1000;
}

uint64_t now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t cpu_us(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

/* It moves nothing from node 0 to node 0, but empties the batches first. */
void drain_batches(void)
{
	unsigned long node0 = 1;

	if (syscall(SYS_migrate_pages, 0, 64, &node0, &node0) < 0)
		die("migrate_pages");
}
