// SPDX-License-Identifier: GPL-2.0-only
/*
 * A managed process maps what cannot be managed: devices, rings, huge pages, secret
 * memory. It works as in any process, is not managed, and no count goes wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>

#include "kselftest.h"
#include "policy.h"

static int one;

static int io_uring_fd(void)
{
	struct io_uring_params params = { 0 };

	return syscall(SYS_io_uring_setup, 8, &params);
}

static void *map_ring(void)
{
	int fd = io_uring_fd();
	void *ring = fd < 0 ? MAP_FAILED :
		     mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			  IORING_OFF_SQ_RING);

	close(fd);
	return ring;
}

static void *map_secret(void)
{
	int fd = syscall(SYS_memfd_secret, 0);
	void *at = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, PAGE))
		at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return at;
}

static void *map_device(const char *path, int flags)
{
	int fd = open(path, O_RDWR);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, flags, fd, 0);

	close(fd);
	return at;
}

#define HUGE	(2 * MIB)

static void *map_huge(void)
{
	write_text("/proc/sys/vm/nr_hugepages", "2");
	return mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
}

/* Pages of an array map, by vmalloc */
static void *map_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 512,
		.map_flags = BPF_F_MMAPABLE,
	};
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	void *at = fd < 0 ? MAP_FAILED :
		   mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	return at;
}

static void *map_zero(void)
{
	return map_device("/dev/zero", MAP_PRIVATE);
}

static void map_all_managed(struct child *parent, void *arg)
{
	void *(*map)(void) = arg;
	char *at;

	say(parent, policy_attach(one, -1, NULL, 0));
	hear(parent);
	at = map();
	if (at != MAP_FAILED)
		(void)*(volatile char *)at;
	say(parent, at == MAP_FAILED ? 2 : is_managed(0, at));
	hear(parent);
	if (at != MAP_FAILED)
		munmap(at, PAGE);
	say(parent, policy_held(one) == managed_rss(0) || policy_held(one) == managed_rss(0));
	hear(parent);
}

static void *map_mem(void)
{
	return map_device("/dev/mem", MAP_SHARED);
}

static void later(const char *name, void *(*map)(void), bool manageable)
{
	struct child child = child_start(map_all_managed, map);
	uint64_t attached = hear(&child), managed = ask(&child, 0), exact;
	int status;

	if (managed == 2) {
		ksft_test_result_skip("a managed process maps %s\n", name);
		child_end(&child);
		return;
	}
	exact = ask(&child, 0);
	status = child_end(&child);
	ksft_test_result(!attached && managed == manageable && exact == 1 && WIFEXITED(status),
			 "a managed process maps %s: it is %s, and counts are right\n", name,
			 manageable ? "managed" : "not managed");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	one = policy_create("clock", 0);
	later("physical memory", map_mem, false);
	later("a huge page", map_huge, false);
	later("secret memory", map_secret, false);
	later("/dev/zero", map_zero, true);
	later("a BPF map", map_bpf, false);
	later("a ring of io_uring", map_ring, false);
	ksft_test_result(!policy_held(one) && !policy_info(one).spaces,
			 "afterwards nothing is held\n");
	close(one);
	write_text("/proc/sys/vm/nr_hugepages", "0");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
