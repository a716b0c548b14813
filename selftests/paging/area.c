// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "area.h"
#include "refs.h"

#define TABLE		(2ul << 20)	/* what one page of a page table maps */
#define SCRATCH		64		/* pages: more than are flushed one by one */

volatile uint64_t area_sum;

/*
 * Each page unlike the others and unlike zeroes, and quickly compressed: how long a
 * page takes to compress shall not hide how long it takes to choose.
 */
void area_fill(const struct area *a, uint32_t page, void *to)
{
	uint64_t *word = to;

	memset(to, 0, PAGE);
	for (size_t i = 0; i < PAGE / sizeof(*word); i += 64)
		word[i] = (uint64_t)page << 16 | i;
	if (a->link)
		word[0] = a->link[page];
}

void area_first_touch(struct area *a, uint32_t page)
{
	if (!a->prepared)
		area_fill(a, page, a->base + page * PAGE);
}

/*
 * A processor does not set a page's accessed bit while it has its translation at hand,
 * and an emulated one never runs out of room for them. Changing the protection of
 * some pages drops all of this process.
 */
void area_flush(struct area *a)
{
	const struct timespec nap = {
		.tv_sec = a->nap_us / 1000000,
		.tv_nsec = a->nap_us % 1000000 * 1000,
	};

	a->until_flush = a->flush;
	if (a->nap_us)
		nanosleep(&nap, NULL);
	a->scratch_writable = !a->scratch_writable;
	if (mprotect(a->scratch, SCRATCH * PAGE,
		     PROT_READ | (a->scratch_writable ? PROT_WRITE : 0)))
		die("mprotect: %m");
}

static void drop_file(struct area *a)
{
	int error;

	if (fsync(a->fd))
		die("fsync %s: %m", a->file);
	error = posix_fadvise(a->fd, 0, 0, POSIX_FADV_DONTNEED);
	if (error)
		die("posix_fadvise: %s", strerror(error));
}

static void write_file(struct area *a, uint32_t pages)
{
	static uint64_t page[PAGE / sizeof(uint64_t)];

	for (uint32_t i = 0; i < pages; i++) {
		area_fill(a, i, page);
		if (pwrite(a->fd, page, PAGE, i * PAGE) != PAGE)
			die("cannot write %s: %m", a->file);
	}
}

static void open_file(struct area *a, uint32_t pages)
{
	struct stat st;

	a->fd = open(a->file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (a->fd < 0 || fstat(a->fd, &st))
		die("cannot open %s: %m", a->file);
	/* A file of this size is from the last time. */
	if (a->link || st.st_size != (off_t)(pages * PAGE)) {
		if (ftruncate(a->fd, 0))
			die("cannot write %s: %m", a->file);
		write_file(a, pages);
	}
	drop_file(a);
	a->prepared = true;
}

static void map_at(char *at, uint32_t pages, int flags, int fd)
{
	if (pages && mmap(at, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_FIXED | flags, fd, 0) == MAP_FAILED)
		die("cannot map %u pages: %m", pages);
}

void area_map(struct area *a)
{
	uint32_t pages = area_pages(a) - a->stack;
	size_t size = area_pages(a) * PAGE;
	char *start;

	a->touched = memory(area_pages(a));
	a->last = UINT32_MAX;
	if (a->flush) {
		a->scratch = memory(SCRATCH * PAGE);
		a->scratch_writable = true;
		a->until_flush = a->flush;
	}
	start = mmap(NULL, size + TABLE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		die("cannot map %zu bytes: %m", size);
	a->base = start + (-(uintptr_t)start & (TABLE - 1));

	a->fd = -1;
	if (area_of_file(a))
		open_file(a, pages);
	map_at(a->base, pages,
	       (a->fd < 0 ? MAP_ANONYMOUS : 0) |
	       (a->kind == AREA_SHMEM || a->kind == AREA_SHARED ? MAP_SHARED : MAP_PRIVATE),
	       a->fd);
	map_at(a->base + pages * PAGE, a->stack, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (madvise(a->base, size, MADV_NOHUGEPAGE))
		die("MADV_NOHUGEPAGE: %m");
	/*
	 * Not MADV_RANDOM, so that each page comes by itself: where it is set, stock
	 * reclaim takes no notice of accesses. See the driver for how it is done.
	 */

	for (size_t at = 0; at < size; at += TABLE)
		area_sum += a->base[at];
	if (a->kind == AREA_SHMEM && madvise(a->base, pages * PAGE, MADV_REMOVE))
		die("MADV_REMOVE: %m");
	if (madvise(a->base, size, MADV_DONTNEED))
		die("MADV_DONTNEED: %m");
	if (area_of_file(a))
		drop_file(a);
	if (area_resident(a))
		die("%u pages are in memory before the start", area_resident(a));
}

uint32_t area_resident(const struct area *a)
{
	static unsigned char present[1 << 12];
	uint32_t count = 0;

	for (uint32_t at = 0; at < area_pages(a); at += sizeof(present)) {
		uint32_t n = area_pages(a) - at;

		if (n > sizeof(present))
			n = sizeof(present);
		if (mincore(a->base + at * PAGE, n * PAGE, present))
			die("mincore: %m");
		for (uint32_t i = 0; i < n; i++)
			count += present[i] & 1;
	}
	return count;
}

/* It may give less than asked for: the caller looks again. */
static void reclaim(const char *cgroup, uint32_t pages)
{
	char text[256];
	int fd, length;

	snprintf(text, sizeof(text), "%s/memory.reclaim", cgroup);
	fd = open(text, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s: %m", text);
	length = snprintf(text, sizeof(text), "%lu", pages * PAGE);
	if (write(fd, text, length) < 0 && errno != EAGAIN)
		die("memory.reclaim: %m");
	close(fd);
}

void area_send_away(struct area *a, const char *cgroup)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	uint32_t left;

	if (area_of_file(a))
		return;
	if (!cgroup)
		die("to send memory away takes a control group");
	for (uint32_t i = 0; i < a->data; i++)
		area_fill(a, a->below + i, a->base + (a->below + i) * PAGE);
	a->prepared = true;
	if (madvise(a->base, area_pages(a) * PAGE, MADV_PAGEOUT))
		die("MADV_PAGEOUT: %m");
	for (int i = 0; i < 1000; i++) {
		nanosleep(&nap, NULL);
		left = area_resident(a);
		if (!left)
			return;
		reclaim(cgroup, left);
	}
	die("%u pages do not leave for the disk", left);
}
