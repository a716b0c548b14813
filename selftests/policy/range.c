// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges: mappings are cut and joined as the range asks, whatever the owner does with
 * them afterwards keeps the right handler and exact counts, and what cannot be
 * managed is refused, or passed over where a whole process is attached (devices.c:
 * what it maps later).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/io_uring.h>
#include <linux/mman.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	64

#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif

static int one, two;

static bool holds(int fd, long wanted)
{
	long held = policy_held(fd);

	if (held != wanted)
		ksft_print_msg("held %ld, wanted %ld\n", held, wanted);
	return held == wanted;
}

/* A fresh mapping with guard pages around it, that joins nothing */
static char *alone(size_t pages)
{
	char *area = map_anon(pages + 2);

	mprotect(area, PAGE, PROT_NONE);
	mprotect(area + (pages + 1) * PAGE, PAGE, PROT_NONE);
	return area + PAGE;
}

static void drop(char *area, size_t pages)
{
	munmap(area - PAGE, (pages + 2) * PAGE);
}

static void splits(void)
{
	char *a = alone(PAGES);
	const size_t all = PAGES * PAGE, part = PAGES / 4 * PAGE;

	fill(a, PAGES, 1);
	ksft_test_result(!policy_attach(one, -1, a + part, part) && count_maps(0, a, all) == 3 &&
			 !is_managed(0, a) && is_managed(0, a + part) &&
			 !is_managed(0, a + 2 * part) && holds(one, PAGES / 4),
			 "the middle of a mapping is cut out of it\n");
	ksft_test_result(!policy_attach(one, -1, a + 2 * part, part) &&
			 count_maps(0, a, all) == 3 && holds(one, PAGES / 2),
			 "a neighbour that answers to the same joins it\n");
	ksft_test_result(!policy_attach(two, -1, a, 2 * part) && count_maps(0, a, all) == 3 &&
			 holds(two, PAGES / 2) && holds(one, PAGES / 4) &&
			 answers_to(0, a + part) == policy_id(two) &&
			 answers_to(0, a + 2 * part) == policy_id(one),
			 "mappings of two handlers do not join\n");
	ksft_test_result(!policy_attach_as(one, -1, a + 3 * part, part, 0, 5) &&
			 count_maps(0, a, all) == 3 && tag_of(0, a + 3 * part) == 5 &&
			 tag_of(0, a + 2 * part) == 0 && holds(one, PAGES / 2),
			 "nor do those of two tags of one handler\n");
	ksft_test_result(!policy_attach(two, -1, a, all) && count_maps(0, a, all) == 1 &&
			 holds(two, PAGES) && holds(one, 0) && !policy_info(one).spaces,
			 "a range over several makes them one again\n");
	ksft_test_result(!policy_attach(two, -1, a + part, part) && count_maps(0, a, all) == 1,
			 "a range that answers to it already is not cut\n");
	ksft_test_result(!policy_detach(-1, a + part, part) && count_maps(0, a, all) == 3 &&
			 holds(two, PAGES - PAGES / 4), "a hole is cut by detaching\n");
	ksft_test_result(!policy_detach(-1, a, all) && count_maps(0, a, all) == 1 &&
			 holds(two, 0), "detached, it is one mapping again\n");
	ksft_test_result(!policy_detach(-1, a + part, part) && count_maps(0, a, all) == 1,
			 "a range without a handler is not cut by detaching\n");
	ksft_test_result(intact(a, PAGES, 1), "content is as it was\n");
	drop(a, PAGES);
}

static void changes(void)
{
	const size_t all = PAGES * PAGE, part = PAGES / 4 * PAGE;
	char *a = alone(PAGES), *b;

	fill(a, PAGES, 2);
	policy_attach(one, -1, a, all);
	mprotect(a + part, part, PROT_READ);
	ksft_test_result(count_maps(0, a, all) == 3 && answers_to(0, a + part) == policy_id(one) &&
			 holds(one, PAGES), "mprotect: a part answers as before\n");
	mprotect(a + part, part, PROT_READ | PROT_WRITE);
	ksft_test_result(count_maps(0, a, all) == 1, "mprotect back: one mapping again\n");

	munmap(a + 3 * part, part);
	ksft_test_result(holds(one, PAGES * 3 / 4), "munmap: what is gone is not held\n");
	b = mmap(a + 3 * part, part, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	fill(b, PAGES / 4, 3);
	ksft_test_result(!answers_to(0, b) && holds(one, PAGES * 3 / 4),
			 "a new mapping beside a managed range answers to nobody\n");
	ksft_test_result(count_maps(0, a, all) == 2, "and does not join it\n");

	b = mmap(a + 2 * part, part, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ksft_test_result(b == a + 2 * part && holds(one, PAGES / 2) && !answers_to(0, b),
			 "MAP_FIXED over a managed range ends that\n");

	madvise(a, part / 2, MADV_DONTNEED);
	ksft_test_result(holds(one, PAGES * 3 / 8), "MADV_DONTNEED gives pages back\n");
	fill(a, PAGES / 8, 2);
	ksft_test_result(holds(one, PAGES / 2), "touched again, they are held again\n");
	madvise(a, part, MADV_COLD);
	ksft_test_result(holds(one, PAGES / 2) && resident(a, PAGES / 4) == PAGES / 4,
			 "MADV_COLD takes nothing\n");
	madvise(a, part, MADV_PAGEOUT);
	ksft_test_result(holds(one, PAGES / 4) && !resident(a, PAGES / 4) &&
			 resident(a + part, PAGES / 4) == PAGES / 4,
			 "MADV_PAGEOUT pages out that range and nothing else\n");
	ksft_test_result(intact(a, PAGES / 2, 2) && holds(one, PAGES / 2),
			 "it comes back unharmed\n");
	madvise(a, part, MADV_FREE);
	ksft_test_result(holds(one, PAGES / 2), "MADV_FREE lets what is free stay for now\n");
	fill(a, PAGES / 4, 4);
	madvise(a, part, MADV_PAGEOUT);
	ksft_test_result(intact(a, PAGES / 4, 4), "what is written after MADV_FREE is kept\n");
	drop(a, PAGES);
	ksft_test_result(holds(one, 0), "unmapped, nothing is held\n");
}

static void moves(void)
{
	const size_t all = PAGES * PAGE;
	char *a = alone(PAGES), *target = alone(2 * PAGES), *b;

	fill(a, PAGES, 5);
	policy_attach(one, -1, a, all);
	b = mremap(a, all, all, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	ksft_test_result(b == target && answers_to(0, b) == policy_id(one) && holds(one, PAGES) &&
			 intact(b, PAGES, 5), "mremap: the range takes its handler along\n");
	madvise(b, all, MADV_PAGEOUT);
	ksft_test_result(holds(one, 0) && intact(b, PAGES, 5) && holds(one, PAGES),
			 "it is paged out at its new place\n");
	munmap(b + all, all);
	b = mremap(b, all, 2 * all, 0);
	fill(b + all, PAGES, 6);
	ksft_test_result(b == target && holds(one, 2 * PAGES) && count_maps(0, b, 2 * all) == 1,
			 "mremap: what it grows by answers to it as well\n");
	b = mremap(b, 2 * all, all, 0);
	ksft_test_result(holds(one, PAGES), "mremap: what it shrinks by is given back\n");
	a = mremap(b, all, all, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	ksft_test_result(a != b && holds(one, PAGES) && answers_to(0, a) == policy_id(one) &&
			 answers_to(0, b) == policy_id(one) && intact(a, PAGES, 5),
			 "mremap without unmapping: both answer, one holds\n");
	/* Half and half of two handlers */
	policy_attach(two, -1, a, all / 2);
	b = mremap(a, all / 2, all / 2, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	ksft_test_result(answers_to(0, target) == policy_id(two) && holds(two, PAGES / 2) &&
			 holds(one, PAGES / 2), "a moved part keeps its own handler\n");
	munmap(a, all);
	munmap(b, all);
	munmap(target, 2 * all);
	ksft_test_result(holds(one, 0) && holds(two, 0), "unmapped, nothing is held\n");
}

static void locks(void)
{
	const size_t all = PAGES * PAGE;
	long locked = meminfo_kb("Mlocked");
	char *a = alone(PAGES);
	size_t i, unevictable = 0;

	fill(a, PAGES, 7);
	policy_attach(one, -1, a, all);
	mlock(a, all / 2);
	policy_reclaim(one, all);
	ksft_test_result(resident(a, PAGES / 2) == PAGES / 2 && holds(one, PAGES / 2),
			 "mlocked pages stay, the others go\n");
	ksft_test_result(madvise(a, all / 2, MADV_PAGEOUT) && errno == EINVAL &&
			 resident(a, PAGES / 2) == PAGES / 2,
			 "MADV_PAGEOUT of what is mlocked is refused\n");
	munlock(a, all / 2);
	ksft_test_result(count_maps(0, a, all) == 1 && answers_to(0, a) == policy_id(one),
			 "munlock: it is one managed mapping again\n");
	drain_batches();
	for (i = 0; i < PAGES / 2; i++)
		unevictable += !!(page_flags_of(a + i * PAGE) & FLAG_UNEVICTABLE);
	ksft_test_result(unevictable == PAGES / 2,
			 "munlock: managed pages stay off the evictable lists (%zu of %d)\n",
			 unevictable, PAGES / 2);
	policy_reclaim(one, all);
	ksft_test_result(holds(one, 0) && intact(a, PAGES, 7), "then they go too\n");
	mlock(a, all);
	ksft_test_result(holds(one, PAGES), "mlock brings all back\n");
	policy_detach(-1, a, all);
	ksft_test_result(holds(one, 0) && resident(a, PAGES) == PAGES &&
			 status_kb(0, "VmLck") == (long)all / 1024,
			 "detached, they are mlocked and not held\n");
	munlock(a, all);
	drop(a, PAGES);
	usleep(1100000);
	drain_batches();
	ksft_test_result(meminfo_kb("Mlocked") - locked < 64 && locked - meminfo_kb("Mlocked") < 64,
			 "Mlocked is what it was (%ld kB, %ld kB)\n", locked,
			 meminfo_kb("Mlocked"));
}

static bool is_parked(const void *address)
{
	drain_batches();
	return page_flags_of(address) & (FLAG_UNEVICTABLE | FLAG_MLOCKED);
}

/*
 * A managed page is off the evictable lists once, whatever else locks it: who left it
 * there would have memory for ever that nobody can take.
 */
static void locked_and_left(void)
{
	const size_t all = PAGES * PAGE;
	char *a = alone(PAGES), *again;
	int fd = memfd_create("range", 0);

	fill(a, PAGES, 8);
	policy_attach(one, -1, a, all);
	mlock(a, all);
	policy_detach(-1, a, all);
	munlock(a, all);
	ksft_test_result(!is_parked(a) && holds(one, 0),
			 "private: attached, mlocked, detached, munlocked: as any other\n");
	drop(a, PAGES);

	if (fd < 0 || ftruncate(fd, all))
		die("memfd_create");
	again = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	a = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (a == MAP_FAILED || again == MAP_FAILED)
		die("mmap");
	fill(again, PAGES, 9);
	drain_batches();
	policy_attach(one, -1, a, all);
	touch(a, PAGES);
	mlock(a, all);
	ksft_test_result(is_parked(again), "in memory before: managed and mlocked, it is parked\n");
	munmap(a, all);
	ksft_test_result(!is_parked(again) && intact(again, PAGES, 9) && holds(one, 0),
			 "unmapped without munlock: as any other\n");
	a = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	policy_attach(one, -1, a, all);
	touch(a, PAGES);
	mlock(a, all);
	munlock(a, all);
	ksft_test_result(is_parked(again), "munlocked, it is managed still\n");
	munmap(a, all);
	ksft_test_result(!is_parked(again), "and unmapped, as any other\n");
	munmap(again, all);
	close(fd);
}

/* What cannot be managed */
static void unsupported(const char *name, void *at, size_t length)
{
	long maps;
	int err;

	if (at == MAP_FAILED) {
		ksft_test_result_skip("%s: %s\n", name, strerror(errno));
		return;
	}
	maps = count_maps(0, (void *)PAGE, 1UL << 47);
	err = policy_attach(one, -1, at, length);
	ksft_test_result(err == -EOPNOTSUPP && !answers_to(0, at) &&
			 count_maps(0, (void *)PAGE, 1UL << 47) == maps && holds(one, 0),
			 "refused: %s (%d)\n", name, err);
}

static void *vdso(void)
{
	uint64_t entry[2];
	int fd = open("/proc/self/auxv", O_RDONLY);
	void *at = MAP_FAILED;

	while (read(fd, entry, sizeof(entry)) == sizeof(entry))
		if (entry[0] == 33)	/* AT_SYSINFO_EHDR */
			at = (void *)entry[1];
	close(fd);
	return at;
}

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

static void kinds_refused(void)
{
	void *huge = map_huge(), *ring = map_ring(), *secret = map_secret();
	void *device = map_device("/dev/mem", MAP_SHARED);
	char *dropped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | 0x08 /* MAP_DROPPABLE */, -1, 0);
	char *around, *sealed = alone(3);
	int fd;

	unsupported("a huge page of hugetlbfs", huge, HUGE);
	unsupported("secret memory", secret, PAGE);
	unsupported("physical memory (/dev/mem)", device, PAGE);
	unsupported("a ring of io_uring", ring, PAGE);
	unsupported("the vDSO", vdso(), PAGE);
	unsupported("droppable memory", dropped, PAGE);

	/* One such among others: nothing is attached */
	around = alone(PAGES);
	fd = syscall(SYS_memfd_secret, 0);
	if (fd < 0 || ftruncate(fd, PAGE) ||
	    mmap(around + 32 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		 0) == MAP_FAILED) {
		ksft_test_result_skip("a range with secret memory in it\n");
	} else {
		fill(around, 32, 1);
		ksft_test_result(policy_attach(one, -1, around, PAGES * PAGE) == -EOPNOTSUPP &&
				 !is_managed(0, around) && holds(one, 0) &&
				 count_maps(0, around, PAGES * PAGE) == 3,
				 "refused: a range with secret memory in it, as a whole\n");
	}
	close(fd);
	drop(around, PAGES);

	if (syscall(SYS_mseal, sealed + PAGE, PAGE, 0)) {
		ksft_test_result_skip("sealed memory: %s\n", strerror(errno));
	} else {
		ksft_test_result(policy_attach(one, -1, sealed, 3 * PAGE) == -EPERM &&
				 !is_managed(0, sealed), "refused: sealed memory\n");
	}

	/* A whole process: they are passed over */
	ksft_test_result(!policy_attach(one, -1, NULL, 0) && default_of(0) == policy_id(one) &&
			 (huge == MAP_FAILED || !is_managed(0, huge)) &&
			 (secret == MAP_FAILED || !is_managed(0, secret)) &&
			 (device == MAP_FAILED || !is_managed(0, device)) &&
			 (ring == MAP_FAILED || !is_managed(0, ring)) && !is_managed(0, vdso()),
			 "in a whole process, what cannot be managed is passed over\n");
	policy_detach(-1, NULL, 0);
	ksft_test_result(huge == MAP_FAILED || !policy_detach(-1, huge + PAGE, PAGE),
			 "detach passes over a part of a huge page\n");
	munmap(huge, HUGE);
	munmap(secret, PAGE);
	munmap(device, PAGE);
	munmap(ring, PAGE);
	munmap(dropped, PAGE);
}

static void heap_and_stack(void)
{
	const size_t part = 32 * PAGE;
	char *heap = (char *)(((uintptr_t)sbrk(0) + PAGE - 1) & ~(PAGE - 1)), *now;
	char *before;
	long held;

	if (brk(heap + part))
		die("brk");
	fill(heap, 32, 1);
	policy_attach(two, -1, heap, part);
	ksft_test_result(holds(two, 32), "a part of the heap is attached\n");
	if (brk(heap + 2 * part))
		die("brk");
	fill(heap + part, 32, 2);
	ksft_test_result(!answers_to(0, heap + part) && holds(two, 32),
			 "brk: what the heap grows by answers to nobody\n");
	policy_attach(one, -1, NULL, 0);
	if (brk(heap + 3 * part))
		die("brk");
	held = policy_held(one);
	fill(heap + 2 * part, 32, 3);
	ksft_test_result(answers_to(0, heap + 2 * part) == policy_id(one) &&
			 policy_held(one) >= held + 32,
			 "brk in a managed process: it answers to the process's handler\n");
	if (brk(heap + part / 2))
		die("brk");
	ksft_test_result(policy_held(one) == managed_rss(0), "brk down: it is given back\n");

	before = __builtin_frame_address(0);
	held = policy_held(one);
	now = __builtin_alloca(128 * PAGE);
	memset(now, 1, 128 * PAGE);
	ksft_test_result(answers_to(0, now) == policy_id(one) && is_managed(0, before) &&
			 policy_held(one) >= held + 120, "the stack grows as managed\n");
	policy_detach(-1, NULL, 0);
	ksft_test_result(holds(one, 0) && holds(two, 0), "detached, nothing is held\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(61);
	swap_on_zram(128);
	one = policy_create("clock", 0);
	two = policy_create("clock", 0);

	kinds_refused();
	splits();
	changes();
	moves();
	locks();
	locked_and_left();
	heap_and_stack();
	close(one);
	close(two);
	write_text("/proc/sys/vm/nr_hugepages", "0");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
