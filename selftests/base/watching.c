// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's means of watching pages from user space, which later parts build
 * on, do what they promise on one page: userfaultfd (missing and write-protect),
 * soft-dirty bits, PAGEMAP_SCAN, idle page tracking.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>

#include "kselftest.h"

#define PAGES		4
#define SOFT_DIRTY	(1ULL << 55)

static long page_size;

static char *map_pages(void)
{
	char *area = mmap(NULL, PAGES * page_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	return area;
}

static uint64_t pagemap_entry(const void *address)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);
	off_t at = (uintptr_t)address / page_size * sizeof(entry);

	if (fd < 0 || pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
		ksft_exit_fail_msg("pagemap: %s\n", strerror(errno));
	close(fd);
	return entry;
}

static bool write_file(const char *path, const void *text, size_t len, off_t at)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && pwrite(fd, text, len, at) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return good;
}

static void soft_dirty(void)
{
	char *area = map_pages();
	bool before, cleared, untouched;

	memset(area, 1, PAGES * page_size);
	before = pagemap_entry(area) & SOFT_DIRTY;
	cleared = write_file("/proc/self/clear_refs", "4", 1, 0) &&
		  !(pagemap_entry(area) & SOFT_DIRTY);
	area[page_size] = 2;
	untouched = !(pagemap_entry(area) & SOFT_DIRTY);
	ksft_test_result(before && cleared && untouched &&
			 (pagemap_entry(area + page_size) & SOFT_DIRTY),
			 "soft-dirty bits tell which page was written\n");
	munmap(area, PAGES * page_size);
}

/* Opens a userfaultfd for an area; -1 where the kernel lacks a feature. */
static int watch(char *area, uint64_t features, uint64_t mode)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { (uintptr_t)area, PAGES * page_size },
		.mode = mode,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		return -1;
	return fd;
}

static void pagemap_scan(void)
{
	char *area = map_pages();
	struct page_region region = {};
	struct pm_scan_arg scan = {
		.size = sizeof(scan),
		.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
		.start = (uintptr_t)area,
		.end = (uintptr_t)area + PAGES * page_size,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_mask = PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_WRITTEN,
	};
	int uffd = watch(area, UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
			 UFFDIO_REGISTER_MODE_WP);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	bool first, second;

	memset(area, 1, PAGES * page_size);
	first = ioctl(fd, PAGEMAP_SCAN, &scan) == 1 &&
		region.end - region.start == (uint64_t)(PAGES * page_size);
	area[2 * page_size] = 2;
	second = ioctl(fd, PAGEMAP_SCAN, &scan) == 1 &&
		 region.start == (uintptr_t)area + 2 * page_size &&
		 region.end == region.start + page_size;
	ksft_test_result(uffd >= 0 && first && second &&
			 ioctl(fd, PAGEMAP_SCAN, &scan) == 0,
			 "PAGEMAP_SCAN finds what was written since the last scan\n");
	close(fd);
	close(uffd);
	munmap(area, PAGES * page_size);
}

static void *write_two(void *address)
{
	*(volatile char *)address = 2;
	return NULL;
}

static void write_protect(void)
{
	char *area = map_pages();
	struct uffdio_writeprotect protect = {
		.range = { (uintptr_t)area, page_size },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	struct uffd_msg message = {};
	struct pollfd ready;
	pthread_t writer;
	int uffd;

	area[0] = 1;
	uffd = watch(area, UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFDIO_REGISTER_MODE_WP);
	if (uffd < 0 || ioctl(uffd, UFFDIO_WRITEPROTECT, &protect)) {
		ksft_test_result_fail("userfaultfd protects a page: %s\n",
				      strerror(errno));
		return;
	}
	if (pthread_create(&writer, NULL, write_two, area))
		ksft_exit_fail_msg("no thread: %s\n", strerror(errno));
	ready = (struct pollfd){ .fd = uffd, .events = POLLIN };
	poll(&ready, 1, 20000);
	ksft_test_result(read(uffd, &message, sizeof(message)) == sizeof(message) &&
			 message.event == UFFD_EVENT_PAGEFAULT &&
			 (message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) &&
			 area[0] == 1,
			 "userfaultfd stops a writer before it writes\n");
	/* Let it go: it writes now, and ends. */
	protect.mode = 0;
	ioctl(uffd, UFFDIO_WRITEPROTECT, &protect);
	pthread_join(writer, NULL);
	close(uffd);
	munmap(area, PAGES * page_size);
}

static void idle_pages(void)
{
	char *area = map_pages();
	uint64_t pfn, bits, mark;
	int fd = open("/sys/kernel/mm/page_idle/bitmap", O_RDWR);
	bool idle;

	area[0] = 1;
	/* Only pages on an LRU list can be idle; leave the per-CPU batch. */
	write_file("/proc/sys/vm/compact_memory", "1", 1, 0);
	pfn = pagemap_entry(area) & ((1ULL << 55) - 1);
	mark = 1ULL << (pfn % 64);
	idle = fd >= 0 && pwrite(fd, &mark, 8, pfn / 64 * 8) == 8 &&
	       pread(fd, &bits, 8, pfn / 64 * 8) == 8 && (bits & mark);
	ksft_test_result(idle, "idle page tracking can mark a page idle\n");
	if (fd >= 0)
		close(fd);
	munmap(area, PAGES * page_size);
}

int main(void)
{
	page_size = sysconf(_SC_PAGESIZE);
	ksft_print_header();
	ksft_set_plan(4);
	soft_dirty();
	pagemap_scan();
	write_protect();
	idle_pages();
	ksft_finished();
}
