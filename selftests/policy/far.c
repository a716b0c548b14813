// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine with a far node: managed pages move between nodes and stay counted, and who
 * is short of near memory takes near pages only.
 *
 * For nodes of some 256 MiB, so that filling one does not take long.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/mempolicy.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	512
#define FAR	1	/* the far node */

/* How many of the pages are on @node then */
static int move(char *area, size_t pages, int node)
{
	static void *address[PAGES];
	static int nodes[PAGES], status[PAGES];
	int nr = 0;
	size_t i;

	for (i = 0; i < pages; i++) {
		address[i] = area + i * PAGE;
		nodes[i] = node;
	}
	drain_batches();
	syscall(SYS_move_pages, 0, pages, address, nodes, status, MPOL_MF_MOVE);
	if (syscall(SYS_move_pages, 0, pages, address, NULL, status, 0))
		die("move_pages");
	for (i = 0; i < pages; i++)
		nr += status[i] == node;
	return nr;
}

static void moving(void)
{
	int fd = policy_create("clock", 0);
	char *area = map_anon(PAGES);

	policy_attach(fd, -1, area, PAGES * PAGE);
	fill(area, PAGES, 2);
	ksft_test_result(move(area, PAGES, FAR) == PAGES && policy_held(fd) == PAGES &&
			 intact(area, PAGES, 2),
			 "pages that are managed move to the far node, are held, and unchanged\n");
	ksft_test_result(move(area, PAGES, 0) == PAGES && policy_held(fd) == PAGES &&
			 intact(area, PAGES, 2), "and back\n");
	move(area, PAGES, FAR);
	ksft_test_result(policy_reclaim(fd, PAGES * PAGE) == PAGES && !policy_held(fd),
			 "far pages are paged out\n");
	ksft_test_result(intact(area, PAGES, 2) && policy_held(fd) == PAGES,
			 "and come back\n");
	munmap(area, PAGES * PAGE);
	ksft_test_result(!policy_held(fd), "unmapped, nothing is held\n");
	policy_detach(-1, area, PAGES * PAGE);
	close(fd);
}

static void bind_to(void *area, size_t size, int node)
{
	unsigned long nodes = 1UL << node;

	if (syscall(SYS_mbind, area, size, MPOL_BIND, &nodes, 64, 0))
		die("mbind");
}

struct holder {
	int fd, node;
	size_t mib;
};

/* Holds memory of one node under a handler, and says at the end whether it is unchanged. */
static void hold_on(struct child *parent, void *arg)
{
	struct holder *what = arg;
	size_t size = what->mib * MIB;
	char *area = map_anon(size / PAGE);

	policy_attach(what->fd, -1, area, size);
	bind_to(area, size, what->node);
	fill(area, size / PAGE, 3);
	say(parent, 1);
	hear(parent);
	say(parent, intact(area, size / PAGE, 3));
}

static size_t free_mib(int node)
{
	char path[64], text[4096], *at;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	at = read_text(path, text, sizeof(text)) ? strstr(text, "MemFree:") : NULL;
	if (!at)
		die("%s", path);
	return strtoul(at + strlen("MemFree:"), NULL, 10) / 1024;
}

/* Fills one node up, as far as it is free, and a little more. */
static void hog_on(struct child *parent, void *arg)
{
	int node = *(int *)arg;
	size_t mib = free_mib(node) + 32;
	char *area = map_anon(mib * MIB / PAGE);

	bind_to(area, mib * MIB, node);
	fill(area, mib * MIB / PAGE, 4);
	say(parent, 1);
	hear(parent);
}

static void pressure(void)
{
	struct holder near_one = { policy_create("clock", 0), 0, 32 };
	struct holder far_one = { policy_create("clock", 0), FAR, 32 };
	struct child on_near = child_start(hold_on, &near_one);
	struct child on_far = child_start(hold_on, &far_one), hog;
	int node = 0;

	hear(&on_near);
	hear(&on_far);
	hog = child_start(hog_on, &node);
	hear(&hog);
	ksft_print_msg("near gave %ju, far gave %ju\n",
		       policy_stat(near_one.fd, MM_POLICY_STAT_PRESSURE),
		       policy_stat(far_one.fd, MM_POLICY_STAT_PRESSURE));
	ksft_test_result(policy_stat(near_one.fd, MM_POLICY_STAT_PRESSURE) > 64,
			 "who is short of near memory takes near pages\n");
	ksft_test_result(!policy_stat(far_one.fd, MM_POLICY_STAT_PRESSURE) &&
			 policy_held(far_one.fd) == 32 * MIB / PAGE, "and no far ones\n");
	kill(hog.pid, SIGKILL);
	child_end(&hog);
	ksft_test_result(ask(&on_near, 0) == 1 && ask(&on_far, 0) == 1,
			 "content is as it was\n");
	child_end(&on_near);
	child_end(&on_far);
	close(near_one.fd);
	close(far_one.fd);
}

int main(void)
{
	ksft_print_header();
	if (access("/sys/devices/system/node/node1", F_OK))
		ksft_exit_skip("this machine has one node\n");
	ksft_set_plan(9);
	swap_on_zram(256);
	moving();
	pressure();
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
