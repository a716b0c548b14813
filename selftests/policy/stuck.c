// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that keeps its own address space locked for as long as it likes: it reads,
 * through /proc/self/mem, a page of a file system in user space that does not answer. It
 * cannot even be killed. Who switches policies off, or removes its control group, does
 * not wait for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "policy.h"

#define ENABLED	"/sys/kernel/mm/policy/enabled"
#define PLACE	"/tmp/never"
#define FILE_ID	2
#define PAGES	64

/*
 * The file system: a directory with one file, "page"
 */

static int fuse;
static struct fuse_in_header asked;	/* for the file's content */

static bool is_asked(void)
{
	return __atomic_load_n(&asked.unique, __ATOMIC_ACQUIRE);
}

static void answer(const struct fuse_in_header *in, const void *data, size_t size, int err)
{
	char reply[512];
	struct fuse_out_header out = {
		.len = sizeof(out) + size,
		.error = err,
		.unique = in->unique,
	};

	memcpy(reply, &out, sizeof(out));
	if (size)
		memcpy(reply + sizeof(out), data, size);
	if (write(fuse, reply, out.len) < 0 && errno != ENOENT)
		die("fuse: %s", strerror(errno));
}

static struct fuse_attr attr_of(uint64_t id)
{
	return (struct fuse_attr) {
		.ino = id,
		.size = id == FILE_ID ? PAGE : 0,
		.mode = id == FILE_ID ? S_IFREG | 0644 : S_IFDIR | 0755,
		.nlink = 1,
		.blksize = PAGE,
	};
}

static void serve_one(const struct fuse_in_header *in)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = PAGE,
	};
	struct fuse_entry_out entry = {
		.nodeid = FILE_ID,
		.entry_valid = 60,
		.attr_valid = 60,
		.attr = attr_of(FILE_ID),
	};
	struct fuse_attr_out attr = { .attr_valid = 60, .attr = attr_of(in->nodeid) };
	struct fuse_open_out open = { .fh = 1, .open_flags = FOPEN_KEEP_CACHE };

	switch (in->opcode) {
	case FUSE_INIT:
		return answer(in, &init, sizeof(init), 0);
	case FUSE_LOOKUP:
		return answer(in, &entry, sizeof(entry), 0);
	case FUSE_GETATTR:
		return answer(in, &attr, sizeof(attr), 0);
	case FUSE_OPEN:
		return answer(in, &open, sizeof(open), 0);
	case FUSE_READ:
		__atomic_store_n(&asked.unique, in->unique, __ATOMIC_RELEASE);
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return answer(in, NULL, 0, -ENOSYS);
	}
}

static void *serve(void *unused)
{
	static char request[1 << 17];

	while (read(fuse, request, sizeof(request)) > 0)
		serve_one((struct fuse_in_header *)request);
	return unused;
}

static void mount_it(void)
{
	static pthread_t server;
	char options[64];

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		die("/dev/fuse: %s", strerror(errno));
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	if (mkdir(PLACE, 0755) || mount("never", PLACE, "fuse", 0, options))
		die("mount: %s", strerror(errno));
	if (pthread_create(&server, NULL, serve, NULL))
		die("pthread_create");
}

/*
 * Processes
 */

static int handler;

/* From here on its mmap_lock is held for reading, until there is an answer. */
static void be_stuck(struct child *parent, void *arg)
{
	int file, memory = open("/proc/self/mem", O_RDONLY);
	char *own = map_anon(PAGES), *page, byte;

	(void)arg;
	policy_attach_as(handler, -1, NULL, 0, 0, 0);
	fill(own, PAGES, 1);
	say(parent, 0);
	hear(parent);
	file = open(PLACE "/page", O_RDONLY);
	page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	if (memory < 0 || page == MAP_FAILED)
		die("the page is not there: %s", strerror(errno));
	if (pread(memory, &byte, 1, (off_t)(uintptr_t)page) != 1)
		_exit(2);
	_exit(3);
}

static struct child start_stuck(const char *group)
{
	struct child child = child_start(be_stuck, NULL);
	int i;

	if (hear(&child))
		die("it does not start");
	if (group)
		group_enter(group, child.pid);
	asked.unique = 0;
	say(&child, 0);
	for (i = 0; i < 500 && !is_asked(); i++)
		usleep(10000);
	if (!is_asked())
		die("it is not stuck");
	return child;
}

static bool end_stuck(struct child *child)
{
	int status;

	answer(&asked, NULL, 0, -EIO);
	status = child_end(child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 2;
}

/* Does it end within @seconds? Its exit status, or -1. */
static int ends_within(pid_t pid, int seconds)
{
	int i, status;

	for (i = 0; i < seconds * 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		usleep(10000);
	}
	return -1;
}

/*
 * Switched off
 */

static void switch_off(void)
{
	struct child stuck = start_stuck(NULL), other;
	pid_t writer;

	/* Of a handler with a greater number: its turn comes later */
	other = hold("nru", NULL, 4, -1, 0);
	writer = fork();
	if (!writer)
		_exit(!write_text(ENABLED, "0"));
	ksft_test_result(ends_within(writer, 20) == 0, "policies are switched off in time\n");
	ksft_test_result(!managed_rss(other.pid) && !default_of(other.pid),
			 "whoever is not stuck answers to nobody\n");
	ksft_test_result(policy_info(handler).exit == MM_POLICY_EXIT_SWITCHED_OFF,
			 "no policy decides for the one that is\n");
	ksft_test_result(write_text(ENABLED, "1") && end(&other) && end_stuck(&stuck),
			 "they can be switched on again, and all ends\n");
}

/*
 * A control group
 */

static void remove_group(void)
{
	struct child stuck;
	pid_t writer, other;

	handler = policy_create("clock", 0);
	group_make("held");
	group_make("free");
	stuck = start_stuck("held");
	writer = fork();
	if (!writer)
		_exit(!group_write("held", "memory.policy", "nru"));
	usleep(500000);
	ksft_test_result(!waitpid(writer, NULL, WNOHANG), "a writer waits for the process\n");

	group_enter("", stuck.pid);
	other = fork();
	if (!other)
		_exit(rmdir("/sys/fs/cgroup/held") ? errno : 0);
	ksft_test_result(ends_within(other, 10) == 0, "its group can be removed meanwhile\n");
	other = fork();
	if (!other) {
		group_make("another");
		group_drop("another");
		_exit(0);
	}
	ksft_test_result(ends_within(other, 10) == 0, "other groups come and go\n");

	other = fork();
	if (!other)
		_exit(!group_write("free", "memory.policy", "nru"));
	ksft_test_result(ends_within(other, 10) == 0, "another group gets its handler meanwhile\n");
	ksft_test_result(end_stuck(&stuck) && ends_within(writer, 10) >= 0,
			 "when the process ends, the writer goes on\n");
	group_drop("free");
	close(handler);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(10);
	swap_on_zram(64);
	policy_load(policy_object("nru"));
	mount_it();
	handler = policy_create("nru", 0);
	switch_off();
	close(handler);
	remove_group();
	policy_unload("nru");
	umount2(PLACE, MNT_DETACH);
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
