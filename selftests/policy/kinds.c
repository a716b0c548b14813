// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kind of page that can be managed is held, paged out and comes back unharmed:
 * anonymous, copied on write, private and shared files, shared memory, huge pages,
 * merged and watched ones. What is pinned stays. What the rest of the system counts
 * (control groups, swap, meminfo) stays right.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	256

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static int handler;

/* Until nothing more is held, or nothing changes */
static void page_out_all(void)
{
	int i;

	for (i = 0; i < 8 && policy_held(handler); i++) {
		drain_batches();
		policy_reclaim(handler, 1 << 30);
	}
}

static bool holds(long wanted)
{
	struct mm_policy_info info = policy_info(handler);

	if (info.held == wanted * PAGE)
		return true;
	ksft_print_msg("held %llu anon %llu file %llu shmem %llu, wanted %ld\n",
		       info.held / PAGE, info.held_anon / PAGE, info.held_file / PAGE,
		       info.held_shmem / PAGE, wanted);
	return false;
}

/* Attached, held, paged out on request, back as it was; what it was counted as */
static void comes_and_goes(const char *kind, char *area, size_t pages, unsigned int seed,
			   __u64 *counted, struct mm_policy_info *info)
{
	bool held, out;

	policy_attach(handler, -1, area, pages * PAGE);
	touch(area, pages);
	*info = policy_info(handler);
	held = holds(pages) && *counted == pages * PAGE;
	ksft_test_result(held, "%s: held, as what it is\n", kind);
	page_out_all();
	out = holds(0) && !resident(area, pages);
	ksft_test_result(out, "%s: paged out on request\n", kind);
	ksft_test_result(intact(area, pages, seed) && holds(pages),
			 "%s: back, unharmed and held\n", kind);
}

static int file_of(const char *path, size_t pages, unsigned int seed)
{
	static char page[64 * PAGE];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *at;

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		die("%s", path);
	memset(page, 0, sizeof(page));
	at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		die("mmap %s", path);
	fill(at, pages, seed);
	munmap(at, pages * PAGE);
	fsync(fd);
	return fd;
}

static void anonymous(void)
{
	struct mm_policy_info info;
	char *area = map_anon(PAGES);
	long swapped = vmstat("pswpout");

	fill(area, PAGES, 1);
	comes_and_goes("anonymous", area, PAGES, 1, &info.held_anon, &info);
	ksft_test_result(vmstat("pswpout") - swapped >= PAGES &&
			 policy_stat(handler, MM_POLICY_STAT_REFAULTS) >= PAGES &&
			 policy_stat(handler, MM_POLICY_STAT_EVICTED) >= PAGES &&
			 policy_stat(handler, MM_POLICY_STAT_WRITTEN) >= PAGES,
			 "anonymous: written, evicted and refaulted, say the counters\n");
	madvise(area, PAGES * PAGE, MADV_PAGEOUT);
	ksft_test_result(holds(0) && intact(area, PAGES, 1), "anonymous: by MADV_PAGEOUT\n");
	munmap(area, PAGES * PAGE);

	/* The zero page is nobody's */
	area = map_anon(PAGES);
	policy_attach(handler, -1, area, PAGES * PAGE);
	touch(area, PAGES);
	ksft_test_result(holds(0), "what was only read is nobody's\n");
	fill(area, PAGES, 2);
	ksft_test_result(holds(PAGES) && intact(area, PAGES, 2), "written, it is held\n");
	munmap(area, PAGES * PAGE);
	ksft_test_result(holds(0), "anonymous: unmapped, nothing is held\n");
}

static void files(const char *where, const char *path, bool shmem)
{
	struct mm_policy_info info;
	__u64 *counted = shmem ? &info.held_shmem : &info.held_file;
	char name[64], *area;
	int fd = file_of(path, PAGES, 3);

	area = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	snprintf(name, sizeof(name), "private, of a file on %s", where);
	comes_and_goes(name, area, PAGES, 3, counted, &info);
	mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE);
	fill(area, PAGES / 2, 4);
	info = policy_info(handler);
	ksft_test_result(holds(PAGES) && info.held_anon == PAGES / 2 * PAGE &&
			 *counted == PAGES / 2 * PAGE,
			 "%s: what is copied on write is private\n", name);
	page_out_all();
	ksft_test_result(holds(0) && intact(area, PAGES / 2, 4),
			 "%s: the copies come back\n", name);
	munmap(area, PAGES * PAGE);
	ksft_test_result(holds(0), "%s: unmapped, nothing is held\n", name);

	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	snprintf(name, sizeof(name), "shared, of a file on %s", where);
	comes_and_goes(name, area, PAGES, 3, counted, &info);
	fill(area, PAGES, 5);
	page_out_all();
	ksft_test_result(holds(0) && intact(area, PAGES, 5),
			 "%s: what was written is paged out and comes back\n", name);
	if (ftruncate(fd, PAGES / 2 * PAGE))
		die("truncate");
	ksft_test_result(holds(PAGES / 2), "%s: what is truncated is not held\n", name);
	munmap(area, PAGES * PAGE);
	ksft_test_result(holds(0), "%s: unmapped, nothing is held\n", name);
	close(fd);
	unlink(path);
}

static void shared_memory(void)
{
	struct mm_policy_info info;
	char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("policy", MFD_CLOEXEC);

	fill(area, PAGES, 6);
	comes_and_goes("shared memory", area, PAGES, 6, &info.held_shmem, &info);
	madvise(area, PAGES * PAGE, MADV_REMOVE);
	ksft_test_result(holds(0), "shared memory: a hole punched is not held\n");
	munmap(area, PAGES * PAGE);

	if (ftruncate(fd, PAGES * PAGE))
		die("memfd");
	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fill(area, PAGES, 7);
	comes_and_goes("a memfd", area, PAGES, 7, &info.held_shmem, &info);
	munmap(area, PAGES * PAGE);
	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	policy_attach(handler, -1, area, PAGES * PAGE);
	fill(area, PAGES / 4, 8);
	info = policy_info(handler);
	ksft_test_result(info.held_anon == PAGES / 4 * PAGE,
			 "a private view of a memfd: copies are private pages\n");
	page_out_all();
	ksft_test_result(intact(area, PAGES / 4, 8) && holds(policy_held(handler)),
			 "a private view of a memfd: they come back\n");
	munmap(area, PAGES * PAGE);
	ksft_test_result(holds(0), "shared memory: unmapped, nothing is held\n");
	close(fd);
}

#define HUGE	512

static char *huge_area(size_t huge)
{
	char *area = map_anon((huge + 1) * HUGE);

	return (char *)(((uintptr_t)area + HUGE * PAGE - 1) & -(HUGE * PAGE));
}

static void huge_pages(void)
{
	char *area = huge_area(2), *more;
	long thp;

	write_text("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
	madvise(area, 2 * HUGE * PAGE, MADV_HUGEPAGE);
	fill(area, 2 * HUGE, 9);
	thp = !!(page_flags_of(area) & FLAG_THP) + !!(page_flags_of(area + HUGE * PAGE) & FLAG_THP);
	if (thp != 2) {
		ksft_print_msg("%ld huge pages\n", thp);
		ksft_test_result_skip("huge: there are none\n");
	} else {
		policy_attach(handler, -1, area, 2 * HUGE * PAGE);
		ksft_test_result(holds(2 * HUGE), "huge: attached, held page by page\n");
	}
	policy_reclaim(handler, PAGE);
	ksft_test_result(policy_held(handler) <= HUGE,
			 "huge: one page wanted takes its neighbours\n");
	page_out_all();
	ksft_test_result(holds(0), "huge: paged out\n");
	ksft_test_result(intact(area, 2 * HUGE, 9) && holds(2 * HUGE),
			 "huge: back, unharmed and held\n");
	ksft_test_result(!(page_flags_of(area) & FLAG_THP), "huge: back in base pages\n");
	more = huge_area(1);
	madvise(more, HUGE * PAGE, MADV_HUGEPAGE);
	policy_attach(handler, -1, more, HUGE * PAGE);
	fill(more, HUGE, 10);
	ksft_test_result(holds(3 * HUGE) && !(page_flags_of(more) & FLAG_THP),
			 "a managed range is given base pages\n");
	ksft_test_result(madvise(more, HUGE * PAGE, MADV_COLLAPSE) && holds(3 * HUGE),
			 "and is not collapsed into huge ones\n");
	policy_detach(-1, NULL, 0);

	/* Half of a huge page, the other half unmapped */
	fill(more, HUGE, 11);
	if (!madvise(more, HUGE * PAGE, MADV_COLLAPSE) && (page_flags_of(more) & FLAG_THP)) {
		policy_attach(handler, -1, more, HUGE / 2 * PAGE);
		ksft_test_result(holds(HUGE / 2), "half a huge page: held\n");
		munmap(more + HUGE / 2 * PAGE, HUGE / 2 * PAGE);
		page_out_all();
		ksft_test_result(holds(0) && intact(more, HUGE / 2, 11),
				 "half a huge page: paged out, and back\n");
	} else {
		ksft_test_result_skip("half a huge page: there is none\n");
		ksft_test_result_skip("half a huge page: there is none\n");
	}
	munmap(more, HUGE / 2 * PAGE);
	munmap(area, 2 * HUGE * PAGE);
	ksft_test_result(holds(0), "huge: unmapped, nothing is held\n");
}

/* Is the first page of new shared memory huge? */
static bool shares_huge(bool managed)
{
	char *area = mmap(NULL, 2 * HUGE * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *middle = area + HUGE * PAGE;
	bool huge;

	if (managed)
		policy_attach(handler, -1, area, 2 * HUGE * PAGE);
	*middle = 1;
	huge = page_flags_of(middle) & FLAG_THP;
	if (managed)
		huge |= !holds(1);
	munmap(area, 2 * HUGE * PAGE);
	return huge;
}

static void huge_shared_memory(void)
{
	const char *knob = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";

	write_text(knob, "always");
	if (shares_huge(false))
		ksft_test_result(!shares_huge(true), "shared memory: a policy gets base pages\n");
	else
		ksft_test_result_skip("shared memory: this kernel has no huge pages for it\n");
	write_text(knob, "never");
}

static void middling_pages(void)
{
	const char *knob = "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled";
	char *area;

	if (!write_text(knob, "always")) {
		ksft_test_result_skip("of 64 KiB: this kernel has none\n");
		ksft_test_result_skip("of 64 KiB: this kernel has none\n");
		return;
	}
	area = huge_area(1);
	fill(area, PAGES, 12);
	policy_attach(handler, -1, area, PAGES * PAGE);
	ksft_test_result(holds(PAGES) && (page_flags_of(area) & FLAG_THP),
			 "of 64 KiB: held page by page\n");
	page_out_all();
	ksft_test_result(holds(0) && intact(area, PAGES, 12) && holds(PAGES),
			 "of 64 KiB: paged out, and back\n");
	write_text(knob, "never");
	munmap(area, PAGES * PAGE);
}

static void merged(void)
{
	char *area = map_anon(PAGES);
	char sharing[32];
	size_t i, nr = 0;
	int try;

	for (i = 0; i < PAGES; i++)
		fill(area + i * PAGE, 1, 13);
	madvise(area, PAGES * PAGE, MADV_MERGEABLE);
	policy_attach(handler, -1, area, PAGES * PAGE);
	write_text("/sys/kernel/mm/ksm/pages_to_scan", "2000");
	write_text("/sys/kernel/mm/ksm/sleep_millisecs", "10");
	write_text("/sys/kernel/mm/ksm/run", "1");
	for (try = 0; try < 50 && nr < PAGES - 1; try++) {
		usleep(100000);
		read_text("/sys/kernel/mm/ksm/pages_sharing", sharing, sizeof(sharing));
		nr = atol(sharing);
	}
	write_text("/sys/kernel/mm/ksm/run", "0");
	ksft_test_result(nr >= PAGES - 1 && holds(PAGES),
			 "merged: each mapping is held (%zu of %d)\n", nr, PAGES);
	page_out_all();
	ksft_test_result(holds(0), "merged: paged out\n");
	for (i = 0; i < PAGES; i++)
		if (!intact(area + i * PAGE, 1, 13))
			break;
	ksft_test_result(i == PAGES && holds(PAGES), "merged: back, unharmed and held\n");
	fill(area, PAGES / 2, 14);
	ksft_test_result(holds(PAGES) && intact(area, PAGES / 2, 14),
			 "merged: written, each is its own again\n");
	write_text("/sys/kernel/mm/ksm/run", "2");
	write_text("/sys/kernel/mm/ksm/run", "0");
	ksft_test_result(holds(PAGES), "merged: unmerged, all are held\n");
	munmap(area, PAGES * PAGE);
	ksft_test_result(holds(0), "merged: unmapped, nothing is held\n");
}

static void pinned(void)
{
	struct io_uring_params params = { 0 };
	struct iovec pin, give;
	char *area = map_anon(PAGES);
	uint64_t refused;
	char back[64];
	int pipes[2], ring;

	fill(area, PAGES, 15);
	policy_attach(handler, -1, area, PAGES * PAGE);
	pin.iov_base = area;
	pin.iov_len = 32 * PAGE;
	ring = syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0 || syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &pin, 1)) {
		ksft_test_result_skip("pinned: no io_uring\n");
		ksft_test_result_skip("pinned: no io_uring\n");
	} else {
		refused = policy_stat(handler, MM_POLICY_STAT_REFUSED);
		page_out_all();
		ksft_test_result(resident(area, 32) == 32 && holds(32) &&
				 policy_stat(handler, MM_POLICY_STAT_REFUSED) > refused,
				 "pinned: stays, all else goes\n");
		close(ring);
		/* The ring's end is a worker's */
		for (int i = 0; i < 50 && policy_held(handler); i++) {
			usleep(50000);
			page_out_all();
		}
		ksft_test_result(holds(0) && intact(area, PAGES, 15), "unpinned: goes too\n");
	}

	touch(area, PAGES);
	give = (struct iovec) { area, 8 * PAGE };
	if (pipe(pipes) || vmsplice(pipes[1], &give, 1, 0) != 8 * (long)PAGE) {
		ksft_test_result_skip("in a pipe: %s\n", strerror(errno));
		ksft_test_result_skip("in a pipe: %s\n", strerror(errno));
	} else {
		page_out_all();
		ksft_test_result(intact(area, PAGES, 15), "in a pipe: content is as it was\n");
		fill(area, 1, 16);
		ksft_test_result(read(pipes[0], back, 8) == 8, "in a pipe: it can be read\n");
	}
	close(pipes[0]);
	close(pipes[1]);
	munmap(area, PAGES * PAGE);
	ksft_test_result(holds(0), "pinned: unmapped, nothing is held\n");
}

struct watcher {
	int fd;
	int faults;
	char *page;
};

static void *serve(void *arg)
{
	struct watcher *w = arg;
	struct uffd_msg message;

	while (read(w->fd, &message, sizeof(message)) == sizeof(message)) {
		uint64_t at = message.arg.pagefault.address & -PAGE;

		w->faults++;
		if (message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
			struct uffdio_writeprotect wp = { .range = { at, PAGE } };

			ioctl(w->fd, UFFDIO_WRITEPROTECT, &wp);
		} else {
			struct uffdio_copy copy = {
				.dst = at, .src = (uintptr_t)w->page, .len = PAGE,
			};

			ioctl(w->fd, UFFDIO_COPY, &copy);
		}
	}
	return NULL;
}

static void watched(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };
	struct uffdio_writeprotect protect = { .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	struct uffdio_register reg;
	char *area = map_anon(PAGES);
	struct watcher w = { .page = map_anon(1) };
	pthread_t thread;
	int i;

	fill(w.page, 1, 17);
	w.fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg = (struct uffdio_register) {
		.range = { (uintptr_t)area, PAGES * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
	};
	policy_attach(handler, -1, area, PAGES * PAGE);
	if (w.fd < 0 || ioctl(w.fd, UFFDIO_API, &api) || ioctl(w.fd, UFFDIO_REGISTER, &reg)) {
		for (i = 0; i < 4; i++)
			ksft_test_result_skip("watched: %s\n", strerror(errno));
		return;
	}
	pthread_create(&thread, NULL, serve, &w);
	for (i = 0; i < 32; i++)
		if (!intact(area + i * PAGE, 1, 17))
			break;
	ksft_test_result(i == 32 && w.faults == 32 && holds(32),
			 "watched: what the watcher fills in is held\n");
	protect.range = (struct uffdio_range) { (uintptr_t)area, 32 * PAGE };
	ioctl(w.fd, UFFDIO_WRITEPROTECT, &protect);
	page_out_all();
	w.faults = 0;
	for (i = 0; i < 32; i++)
		if (!intact(area + i * PAGE, 1, 17))
			break;
	ksft_test_result(i == 32 && !w.faults && holds(32),
			 "watched: paged out, it comes back without the watcher\n");
	fill(area, 8, 18);
	ksft_test_result(w.faults == 8 && intact(area, 8, 18),
			 "watched: and is protected against writing as before\n");
	page_out_all();
	ksft_test_result(holds(0) && answers_to(0, area) == policy_id(handler) &&
			 intact(area, 8, 18), "watched: once more\n");
	munmap(area, PAGES * PAGE);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close(w.fd);
}

/* Freed pages wait in the CPUs' lists for a while, where meminfo does not count them. */
static long available_kb(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	long kb = meminfo_kb("MemAvailable"), count;
	char line[128];

	if (!file)
		die("/proc/zoneinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " count: %ld", &count) == 1)
			kb += count * (long)(PAGE >> 10);
	fclose(file);
	return kb;
}

/* What others count: a control group, swap, meminfo */
static void accounts(void)
{
	const long kb = 32768, pages = kb / 4;
	long mlocked, unevictable, managed, available, swap;
	char *area;
	int i;

	group_make("kinds");
	group_enter("kinds", 0);
	area = map_anon(pages);
	drain_batches();
	mlocked = meminfo_kb("Mlocked");
	unevictable = meminfo_kb("Unevictable");
	available = available_kb();
	fill(area, pages, 19);
	policy_attach(handler, -1, area, pages * PAGE);
	drain_batches();
	managed = meminfo_kb("Managed");
	ksft_test_result(managed > kb - 1024 && managed < kb + 1024, "meminfo: Managed (%ld kB)\n",
			 managed);
	ksft_test_result(meminfo_kb("Mlocked") < mlocked + 1024 &&
			 meminfo_kb("Unevictable") < unevictable + 1024 &&
			 !status_kb(0, "VmLck"),
			 "meminfo: Mlocked and Unevictable are without it (%ld %ld kB)\n",
			 meminfo_kb("Mlocked") - mlocked, meminfo_kb("Unevictable") - unevictable);
	ksft_test_result(group_stat("kinds", "memory.stat", "anon") >= pages * (long)PAGE,
			 "its control group is charged\n");
	swap = group_read("kinds", "memory.swap.current");
	page_out_all();
	ksft_test_result(group_stat("kinds", "memory.stat", "anon") < (long)(pages * PAGE / 2) &&
			 group_read("kinds", "memory.swap.current") - swap >=
			 pages * (long)PAGE * 9 / 10 && status_kb(0, "VmSwap") >= kb * 9 / 10,
			 "paged out, swap is charged instead\n");
	touch(area, pages);
	munmap(area, pages * PAGE);
	/* Each CPU keeps some slots to itself for a while */
	ksft_test_result(group_read("kinds", "memory.swap.current") <= 256 * (long)PAGE &&
			 !status_kb(0, "VmSwap"), "unmapped, neither is\n");
	usleep(1500000);
	drain_batches();
	ksft_test_result(meminfo_kb("Mlocked") < mlocked + 256 &&
			 meminfo_kb("Unevictable") < unevictable + 256,
			 "meminfo: Mlocked and Unevictable are what they were\n");
	for (i = 0; i < 20 && available_kb() <= available - 8192; i++)
		usleep(250000);
	ksft_test_result(available_kb() > available - 8192,
			 "meminfo: MemAvailable is what it was (%ld kB less)\n",
			 available - available_kb());
	group_enter("", 0);
	group_drop("kinds");
}

static void map_too(struct child *parent, void *arg)
{
	char *area = mmap(NULL, 8192 * PAGE, PROT_READ, MAP_SHARED, *(int *)arg, 0);

	int err = policy_attach(handler, -1, area, 8192 * PAGE);

	touch(area, 8192);
	drain_batches();
	say(parent, !err);
	hear(parent);
}

/* Clean file pages are as available, managed or not */
static void available(void)
{
	const size_t pages = 8192;
	int fd = file_of("/mnt/ext4/big", pages, 20);
	char *area = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	struct child child;
	long before, after;

	touch(area, pages);
	drain_batches();
	before = available_kb();
	policy_attach(handler, -1, area, pages * PAGE);
	drain_batches();
	after = available_kb();
	ksft_test_result(policy_info(handler).held_file == pages * PAGE &&
			 after > before - 8192 && after < before + 8192,
			 "meminfo: file pages are as available as before (%ld kB, %ld kB)\n",
			 before, after);
	child = child_start(map_too, &fd);
	ksft_test_result(hear(&child) == 1 && policy_info(handler).held_file == 2 * pages * PAGE &&
			 available_kb() < before + 8192,
			 "meminfo: what two processes hold is there once (%ld kB)\n",
			 available_kb());
	child_end(&child);
	munmap(area, pages * PAGE);
	close(fd);
	unlink("/mnt/ext4/big");
}

static void without_swap(void)
{
	char *area = map_anon(PAGES);
	uint64_t evicted;
	long got;

	fill(area, PAGES, 21);
	policy_attach(handler, -1, area, PAGES * PAGE);
	evicted = policy_stat(handler, MM_POLICY_STAT_EVICTED);
	got = policy_reclaim(handler, PAGES * PAGE);
	ksft_test_result(!got && holds(PAGES) && resident(area, PAGES) == PAGES,
			 "without swap: nothing is paged out, and nothing is said to be (%ld)\n",
			 got);
	ksft_test_result(policy_stat(handler, MM_POLICY_STAT_EVICTED) == evicted,
			 "without swap: nothing counts as evicted\n");
	ksft_test_result(intact(area, PAGES, 21), "without swap: content is as it was\n");
	munmap(area, PAGES * PAGE);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(83);
	handler = policy_create("clock", 0);
	without_swap();
	policy_detach(-1, NULL, 0);

	swap_on_zram(256);
	make_ext4(128);
	anonymous();
	files("ext4", "/mnt/ext4/file", false);
	files("tmpfs", "/tmp/policy-file", true);
	shared_memory();
	huge_pages();
	huge_shared_memory();
	middling_pages();
	merged();
	pinned();
	watched();
	accounts();
	available();
	drop_ext4();
	policy_detach(-1, NULL, 0);
	close(handler);
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
