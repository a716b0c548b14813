// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mapper: maps, moves, cuts, protects, locks, truncates and unmaps memory of its
 * own that answers to handlers, whole or in part.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "races.h"

#define PAGES	128
#define LENGTH	(PAGES * PAGE)

static uint64_t seed;
static unsigned int files;

/* Some of it, at least a page */
static struct range part(const char *start)
{
	size_t first = pick(PAGES), nr = 1 + pick(PAGES - first);

	return (struct range){ (uintptr_t)start + first * PAGE, nr * PAGE };
}

/* Let some of it answer to some handler, or to several. */
static void manage(const char *start)
{
	struct range range;
	int i, nr = pick(4);

	for (i = 0; i < nr; i++) {
		range = part(start);
		attach(veteran[pick(VETERANS)], -1, range.start, range.length, 0, pick(3));
	}
}

/* All of it as one: what is in pieces cannot be moved. */
static void manage_whole(const char *start)
{
	attach(veteran[pick(VETERANS)], -1, (uintptr_t)start, LENGTH, 0, pick(3));
}

static int new_file(void)
{
	char path[200];
	int fd;

	if (chance(50)) {
		fd = memfd_create("mapper", MFD_CLOEXEC);
	} else {
		snprintf(path, sizeof(path), "%s/mapper.%d.%u", files_dir, getpid(), files++);
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		unlink(path);
	}
	if (fd >= 0 && ftruncate(fd, LENGTH)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Memory of some kind, filled, and managed before or after */
static char *make(void)
{
	unsigned int kind = pick(4);
	int fd = kind < 2 ? -1 : new_file();
	bool before = chance(50);
	char *start;

	if (kind < 2)
		start = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | (kind ? MAP_SHARED : MAP_PRIVATE), -1, 0);
	else
		start = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
			     kind == 2 ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	close(fd);
	if (start == MAP_FAILED)
		return NULL;
	if (before)
		manage(start);
	seed = pick(1 << 30);
	fill(start, PAGES, seed);
	if (!before)
		manage(start);
	return start;
}

/* It holds what it should: unmap it. */
static bool finish(const char *who, char *start)
{
	bool good = intact(who, start, PAGES, seed);

	munmap(start, LENGTH);
	return good;
}

static bool do_unmap(void)
{
	char *start = make();
	size_t cut = 1 + pick(PAGES - 1);
	bool good;

	if (!start)
		return false;
	munmap(start + cut * PAGE, LENGTH - cut * PAGE);
	good = intact("what munmap() left", start, cut, seed);
	munmap(start, cut * PAGE);
	return good;
}

static bool do_remap(void)
{
	char *start = make(), *moved;

	if (!start)
		return false;
	manage_whole(start);
	moved = mmap(NULL, LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = mremap(start, LENGTH, LENGTH, MREMAP_MAYMOVE | MREMAP_FIXED, moved);
	if (moved == MAP_FAILED) {
		finish("what mremap() refused", start);
		return false;
	}
	return finish("what mremap() moved", moved);
}

static bool do_grow(void)
{
	char *start = make(), *grown;

	if (!start)
		return false;
	manage_whole(start);
	grown = mremap(start, LENGTH, 2 * LENGTH, MREMAP_MAYMOVE);
	if (grown == MAP_FAILED) {
		finish("what mremap() did not grow", start);
		return false;
	}
	/* Back to its own half; behind the end of a file there is nothing */
	mremap(grown, 2 * LENGTH, LENGTH, 0);
	return finish("what mremap() grew", grown);
}

static bool do_leave_behind(void)
{
	char *start = map_anon(PAGES), *moved;
	bool good;

	manage_whole(start);
	seed = pick(1 << 30);
	fill(start, PAGES, seed);
	moved = mremap(start, LENGTH, LENGTH, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (moved == MAP_FAILED) {
		finish("what MREMAP_DONTUNMAP refused", start);
		return false;
	}
	good = !*(volatile char *)start;
	if (!good)
		complain("mapper: what MREMAP_DONTUNMAP left is not zero");
	munmap(start, LENGTH);
	return finish("what MREMAP_DONTUNMAP moved", moved) && good;
}

static bool do_protect(void)
{
	char *start = make();
	struct range range;
	bool good = start;
	int i;

	for (i = 0; start && i < 3; i++) {
		range = part(start);
		good &= !mprotect((void *)range.start, range.length, PROT_READ);
		good &= intact("what is read-only", start, PAGES, seed);
		good &= !mprotect((void *)range.start, range.length, PROT_NONE);
		good &= !mprotect((void *)range.start, range.length, PROT_READ | PROT_WRITE);
		fill(start, PAGES, seed);
	}
	return start && finish("what was protected", start) && good;
}

static bool do_lock(void)
{
	char *start = make();
	struct range range;
	bool good = start;
	int i;

	for (i = 0; start && i < 3; i++) {
		range = part(start);
		if (chance(50))
			good &= !mlock((void *)range.start, range.length);
		else
			good &= !mlock2((void *)range.start, range.length, MLOCK_ONFAULT);
		manage(start);
		range = part(start);
		munlock((void *)range.start, range.length);
	}
	if (chance(10) && !mlockall(MCL_CURRENT | MCL_ONFAULT))
		munlockall();
	return start && finish("what was locked", start) && good;
}

static bool do_fixed(void)
{
	char *start = make(), *over;
	size_t cut = 1 + pick(PAGES - 1);
	bool good;

	if (!start)
		return false;
	over = mmap(start + cut * PAGE, LENGTH - cut * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	good = over != MAP_FAILED && !over[0] && intact("beside MAP_FIXED", start, cut, seed);
	manage(start);
	if (over != MAP_FAILED)
		fill(over, PAGES - cut, seed);
	munmap(start, LENGTH);
	return good;
}

/* What advice may take away: nothing, or all */
static bool do_advise(void)
{
	static const int advice[] = {
		MADV_WILLNEED, MADV_COLD, MADV_PAGEOUT, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		MADV_RANDOM, MADV_SEQUENTIAL, MADV_NORMAL, MADV_MERGEABLE, MADV_UNMERGEABLE,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_DONTFORK, MADV_DOFORK,
	};
	char *start = make();
	struct range range;
	int i;

	for (i = 0; start && i < 6; i++) {
		range = part(start);
		madvise((void *)range.start, range.length, advice[pick(ARRAY_LEN(advice))]);
	}
	return start && finish("what was advised on", start);
}

static bool do_discard(void)
{
	char *start = map_anon(PAGES);
	struct range range = part(start);
	volatile uint64_t *first = (volatile uint64_t *)range.start;
	bool good, free = chance(50);
	uint64_t old;

	manage(start);
	fill(start, PAGES, seed);
	old = *first;
	good = !madvise((void *)range.start, range.length, free ? MADV_FREE : MADV_DONTNEED);
	if (*first && !(free && *first == old)) {
		complain("mapper: discarded, but %#llx", (unsigned long long)*first);
		good = false;
	}
	munmap(start, LENGTH);
	return good;
}

static bool do_truncate(void)
{
	size_t keep = pick(PAGES), hole = pick(PAGES);
	int fd = new_file();
	char *start = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	bool good;

	if (start == MAP_FAILED) {
		close(fd);
		return false;
	}
	manage(start);
	fill(start, PAGES, seed);
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, hole * PAGE,
		  LENGTH - hole * PAGE);
	good = !ftruncate(fd, keep * PAGE) && !ftruncate(fd, LENGTH);
	good &= intact("what truncation left", start, keep < hole ? keep : hole, seed);
	close(fd);
	munmap(start, LENGTH);
	return good;
}

static bool do_brk(void)
{
	char *start = sbrk(LENGTH);
	bool good;

	if (start == (void *)-1)
		return false;
	start = (char *)(((uintptr_t)start + PAGE - 1) & ~(PAGE - 1));
	fill(start, PAGES - 1, seed);
	if (chance(50))
		attach(veteran[pick(VETERANS)], -1, (uintptr_t)start, LENGTH / 2, 0, 0);
	good = intact("heap", start, PAGES - 1, seed);
	return sbrk(-(intptr_t)LENGTH) != (void *)-1 && good;
}

/* The whole process */
static bool do_all(void)
{
	char *start;
	bool good = attach(veteran[pick(VETERANS)], -1, 0, 0, 0, pick(3));

	start = make();
	good &= start && finish("what is born managed", start);
	if (chance(50))
		good &= detach(-1, 0, 0);
	return good;
}

/* Pages that another mapping gets by UFFDIO_MOVE, up to the first that it refuses */
static size_t move_pages_to(int uffd, char *to, char *from)
{
	size_t page;

	for (page = 0; page < PAGES; page++) {
		struct uffdio_move move = {
			.dst = (uintptr_t)to + page * PAGE,
			.src = (uintptr_t)from + page * PAGE,
			.len = PAGE,
		};

		if (ioctl(uffd, UFFDIO_MOVE, &move))
			break;
	}
	return page;
}

static bool do_move(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_MOVE };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	char *from = map_anon(PAGES), *to = map_anon(PAGES);
	struct uffdio_register reg = {
		.range = { (uintptr_t)to, LENGTH },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	size_t moved = 0;
	bool good;

	manage(from);
	fill(from, PAGES, seed);
	if (chance(50))
		madvise(from, LENGTH / 2, MADV_PAGEOUT);
	good = uffd >= 0 && !ioctl(uffd, UFFDIO_API, &api) &&
	       !ioctl(uffd, UFFDIO_REGISTER, &reg);
	if (good)
		moved = move_pages_to(uffd, to, from);
	good = moved && intact("what UFFDIO_MOVE moved", to, moved, seed);
	close(uffd);
	munmap(from, LENGTH);
	munmap(to, LENGTH);
	return good;
}

static void begin(void)
{
	self->area[0] = (struct range){ (uintptr_t)map_anon(PAGES), LENGTH };
	self->nr_areas = 1;
}

static const struct op ops[] = {
	{ "munmap", do_unmap, 3, 20, NULL },
	{ "mremap", do_remap, 3, 5, NULL },
	{ "mremap: grow", do_grow, 1, 5, NULL },
	{ "mremap: leave", do_leave_behind, 1, 5, NULL },
	{ "mprotect", do_protect, 2, 20, NULL },
	{ "mlock", do_lock, 2, 20, NULL },
	{ "MAP_FIXED", do_fixed, 2, 20, NULL },
	{ "madvise", do_advise, 3, 20, NULL },
	{ "discard", do_discard, 1, 10, NULL },
	{ "truncate", do_truncate, 2, 10, NULL },
	{ "brk", do_brk, 1, 5, NULL },
	{ "whole process", do_all, 1, 5, NULL },
	{ "UFFDIO_MOVE", do_move, 1, 5, NULL },
};

const struct disturber mapper = {
	.name = "mapper",
	.pause_us = 3000,
	.begin = begin,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
