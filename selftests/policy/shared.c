// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared pages: every mapping pays. A frame counts for each handler by each mapping of
 * its that maps it; an eviction removes the mappings of the handler that evicts, and
 * leaves everybody else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	128
#define OWN	100

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static int one, two;
static char *area;

static void serve(struct child *parent, void *arg)
{
	(void)arg;
	for (;;) {
		switch (hear(parent)) {
		case ~0ULL:
			return;
		case 'r':			/* how much is mapped */
			say(parent, resident(area, PAGES));
			break;
		case 'c':			/* is the content the first one */
			say(parent, intact(area, PAGES, 1));
			break;
		case 'w':			/* write something of its own */
			fill(area, PAGES, 2);
			say(parent, intact(area, PAGES, 2));
			break;
		case 't':
			touch(area, PAGES);
			say(parent, resident(area, PAGES));
			break;
		case 'p':
			say(parent, madvise(area, PAGES * PAGE, MADV_PAGEOUT));
			break;
		case 'l':
			say(parent, mlock(area, PAGES * PAGE));
			break;
		case 'u':
			say(parent, munlock(area, PAGES * PAGE));
			break;
		case 'd':
			say(parent, policy_detach(-1, NULL, 0));
			break;
		}
	}
}

static bool holding(long wanted_one, long wanted_two)
{
	long first = policy_held(one), second = policy_held(two);

	if (first != wanted_one || second != wanted_two)
		ksft_print_msg("held %ld and %ld, wanted %ld and %ld\n", first, second,
			       wanted_one, wanted_two);
	return first == wanted_one && second == wanted_two;
}

static void take_all(int handler)
{
	drain_batches();
	policy_reclaim(handler, 1 << 30);
}

/* The same pages in two processes; the mapping is made by @map. */
static void with(const char *kind, char *(*map)(void), bool private)
{
	struct child child;

	/* An unmanaged sharer */
	area = map();
	child = child_start(serve, NULL);
	ask(&child, 't');
	touch(area, PAGES);
	policy_attach(one, -1, area, PAGES * PAGE);
	ksft_test_result(holding(PAGES, 0), "%s: its own mapping is held, another's is not\n",
			 kind);
	take_all(one);
	ksft_test_result(holding(0, 0) && !resident(area, PAGES), "%s: it is paged out\n", kind);
	ksft_test_result(ask(&child, 'r') == PAGES, "%s: an unmanaged sharer keeps its pages\n",
			 kind);
	ksft_test_result(intact(area, PAGES, 1) && ask(&child, 'c') == 1 && holding(PAGES, 0),
			 "%s: both see the content\n", kind);

	/* Two of the same handler */
	policy_attach(one, child.pidfd, area, PAGES * PAGE);
	ksft_test_result(holding(2 * PAGES, 0), "%s: two mappings pay twice\n", kind);
	take_all(one);
	ksft_test_result(holding(0, 0) && !resident(area, PAGES) && !ask(&child, 'r'),
			 "%s: both are paged out\n", kind);
	ksft_test_result(intact(area, PAGES, 1) && holding(PAGES, 0) && ask(&child, 'c') == 1 &&
			 holding(2 * PAGES, 0), "%s: each comes back and pays for itself\n", kind);

	/* The owner's MADV_PAGEOUT is about the owner's mapping */
	ask(&child, 'p');
	if (private) {
		/* Stock takes no page that others map; what a handler's may stay */
		ksft_test_result(resident(area, PAGES) == PAGES || holding(0, 0),
				 "%s: MADV_PAGEOUT leaves counts right\n", kind);
	} else {
		ksft_test_result(policy_held(one) ==
				 (long)(resident(area, PAGES) + ask(&child, 'r')),
				 "%s: MADV_PAGEOUT leaves counts right\n", kind);
	}
	touch(area, PAGES);
	ask(&child, 't');

	/* Two handlers */
	policy_attach(two, child.pidfd, area, PAGES * PAGE);
	ksft_test_result(holding(PAGES, PAGES), "%s: mappings of two handlers pay each\n", kind);
	take_all(one);
	ksft_test_result(holding(0, PAGES) && ask(&child, 'r') == PAGES,
			 "%s: one handler's eviction leaves the other's\n", kind);
	take_all(two);
	ksft_test_result(holding(0, 0) && !ask(&child, 'r'), "%s: then the other's\n", kind);
	ksft_test_result(ask(&child, 'c') == 1 && holding(0, PAGES) && intact(area, PAGES, 1) &&
			 holding(PAGES, PAGES), "%s: both come back\n", kind);

	/* A sharer that has locked it */
	ask(&child, 'l');
	take_all(one);
	ksft_test_result(ask(&child, 'r') == PAGES, "%s: a locked sharer keeps its pages\n", kind);
	take_all(two);
	ksft_test_result(ask(&child, 'r') == PAGES && policy_held(two) == PAGES,
			 "%s: and its handler cannot take them\n", kind);
	ask(&child, 'u');
	touch(area, PAGES);

	/* Writing */
	ask(&child, 'w');
	ksft_test_result(holding(PAGES, PAGES) && intact(area, PAGES, private ? 1 : 2),
			 "%s: what one writes the other %s\n", kind,
			 private ? "does not see" : "sees");
	child_end(&child);
	ksft_test_result(holding(PAGES, 0), "%s: the end of one leaves the other's\n", kind);
	munmap(area, PAGES * PAGE);
	ksft_test_result(holding(0, 0), "%s: unmapped, nothing is held\n", kind);
	policy_detach(-1, NULL, 0);
}

static char *map_forked(void)
{
	char *at = map_anon(PAGES);

	fill(at, PAGES, 1);
	return at;
}

static char *map_shared(void)
{
	char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	fill(at, PAGES, 1);
	return at;
}

static char *map_file(void)
{
	int fd = open("/mnt/ext4/shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *at;

	if (fd < 0 || ftruncate(fd, PAGES * PAGE))
		die("/mnt/ext4/shared");
	at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fill(at, PAGES, 1);
	msync(at, PAGES * PAGE, MS_SYNC);
	close(fd);
	return at;
}

/* MADV_PAGEOUT in one process of a handler is no other's business. */
static void own_pageout(void)
{
	struct child child;
	uint64_t left;

	area = map_anon(PAGES);
	fill(area, PAGES, 1);
	policy_attach(one, -1, area, PAGES * PAGE);
	child = child_start(serve, NULL);
	/* Nothing is shared: only the addresses are the same */
	ask(&child, 'w');
	fill(area, PAGES, 1);
	ksft_test_result(holding(2 * PAGES, 0), "two processes with pages of their own\n");
	/* Its last pages, and not as many as are searched for at once */
	madvise(area + (PAGES - OWN) * PAGE, OWN * PAGE, MADV_PAGEOUT);
	ksft_test_result(resident(area, PAGES) == PAGES - OWN,
			 "MADV_PAGEOUT pages out the caller's\n");
	left = ask(&child, 'r');
	ksft_test_result(left == PAGES,
			 "and not those of another process of its handler (%lu of %d are left)\n",
			 left, PAGES);
	child_end(&child);
	munmap(area, PAGES * PAGE);
	policy_detach(-1, NULL, 0);
}

/* One file page three times in one process, under two handlers */
static void thrice(void)
{
	int fd = memfd_create("policy", 0);
	char *a, *b, *c;

	if (ftruncate(fd, PAGES * PAGE))
		die("memfd");
	a = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	c = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	fill(a, PAGES, 3);
	touch(b, PAGES);
	touch(c, PAGES);
	policy_attach(one, -1, a, PAGES * PAGE);
	policy_attach(one, -1, b, PAGES * PAGE);
	policy_attach(two, -1, c, PAGES * PAGE);
	ksft_test_result(holding(2 * PAGES, PAGES), "three mappings of one file: each pays\n");
	take_all(one);
	ksft_test_result(holding(0, PAGES) && !resident(a, PAGES) && !resident(b, PAGES) &&
			 resident(c, PAGES) == PAGES && intact(c, PAGES, 3),
			 "three mappings of one file: two of one handler go together\n");
	ksft_test_result(intact(b, PAGES, 3) && holding(PAGES, PAGES) && intact(a, PAGES, 3) &&
			 holding(2 * PAGES, PAGES), "three mappings of one file: and come back\n");
	munmap(b, PAGES * PAGE);
	ksft_test_result(holding(PAGES, PAGES), "three mappings of one file: one is unmapped\n");
	munmap(a, PAGES * PAGE);
	munmap(c, PAGES * PAGE);
	close(fd);
	policy_detach(-1, NULL, 0);
}

/* Under limits, in turns */
static void under_limits(void)
{
	struct child child;
	bool good = true;
	int i;

	area = map_shared();
	madvise(area, PAGES * PAGE, MADV_PAGEOUT);
	policy_set_limit(one, PAGES / 2 * PAGE);
	policy_set_limit(two, PAGES / 4 * PAGE);
	policy_attach(one, -1, area, PAGES * PAGE);
	child = child_start(serve, NULL);
	policy_attach(two, child.pidfd, area, PAGES * PAGE);
	for (i = 0; i < 5; i++) {
		good &= intact(area, PAGES, 1);
		good &= ask(&child, 'c') == 1;
	}
	ksft_test_result(good, "under two limits: content is as it was\n");
	ksft_test_result(policy_held(one) <= PAGES / 2 && policy_held(two) <= PAGES / 4 &&
			 policy_held(one) > 0 && policy_held(two) > 0,
			 "under two limits: both hold (%ld, %ld)\n", policy_held(one),
			 policy_held(two));
	child_end(&child);
	munmap(area, PAGES * PAGE);
	policy_detach(-1, NULL, 0);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(61);
	swap_on_zram(128);
	make_ext4(32);
	one = policy_create("clock", 0);
	two = policy_create("clock", 0);
	with("forked", map_forked, true);
	with("shared memory", map_shared, false);
	with("a file", map_file, false);
	own_pageout();
	thrice();
	under_limits();
	close(one);
	close(two);
	drop_ext4();
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
