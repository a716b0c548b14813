// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies by name: registered by either bpftool, several at once, each name once;
 * taken away or replaced while they are in use.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	256

static const char *const tools[] = { "/usr/sbin/bpftool", "bpftool" };
static const char *const names[] = { "Debian's bpftool", "the tree's bpftool" };

static bool known(const char *name)
{
	struct mm_policy_entry entry;

	return !policy_entry(name, &entry);
}

static int bpftool(int which, const char *verb, const char *object)
{
	if (which)
		return try_run("%s/tools/bin/bpftool struct_ops %s %s >/dev/null 2>&1",
			       getenv("KAKU_BUILD"), verb, object);
	return try_run("/usr/sbin/bpftool struct_ops %s %s >/dev/null 2>&1", verb, object);
}

static void by_tool(int which)
{
	struct mm_policy_entry entry;

	ksft_test_result(!bpftool(which, "register", policy_object("linear")) && known("linear"),
			 "%s registers a policy\n", names[which]);
	bpftool(which, "register", policy_object("linear"));
	policy_entry("linear", &entry);
	ksft_test_result(entry.ops == (MM_POLICY_OP_FAULT | MM_POLICY_OP_SELECT) &&
			 !entry.handlers &&
			 (entry.flags & ~MM_POLICY_ENTRY_MAY_USE) == 0,
			 "%s: it has what it has, and is closed\n", names[which]);
	ksft_test_result(!try_run("test $(%s struct_ops list | grep -c ' linear ') = 1",
				  which ? tools[1] : tools[0]),
			 "%s: a second one of the name is refused\n", names[which]);
	ksft_test_result(!bpftool(which, "unregister", "name linear") && !known("linear"),
			 "%s unregisters it\n", names[which]);
	ksft_test_result(!bpftool(which, "register", policy_object("linear")) && known("linear") &&
			 !bpftool(which, "unregister", "name linear"),
			 "%s: its name can be used again\n", names[which]);
}

static void several(void)
{
	static const char *const all[6] = {
		"fifo", "lfu", "linear", "mru", "noop", "nru",
	};
	const size_t nr = 6;
	char *area = map_anon(PAGES);
	int handlers[16];
	size_t i, good = 0, right = 0;

	for (i = 0; i < nr; i++) {
		policy_load(policy_object(all[i]));
		handlers[i] = policy_create(all[i], PAGES / 32 * PAGE);
		policy_attach(handlers[i], -1, area + i * PAGES / 16 * PAGE, PAGES / 16 * PAGE);
		good += known(all[i]) && !strcmp(policy_info(handlers[i]).policy, all[i]);
	}
	ksft_test_result(good == nr, "%zu policies at once, each with a handler\n", nr);
	fill(area, PAGES, 1);
	for (i = 0; i < 3; i++)
		right += intact(area, PAGES, 1);
	for (i = good = 0; i < nr; i++)
		good += policy_held(handlers[i]) <= PAGES / 32 &&
			policy_stat(handlers[i], MM_POLICY_STAT_EVICTED) >= PAGES / 32 &&
			policy_info(handlers[i]).exit == MM_POLICY_EXIT_NONE;
	ksft_test_result(good == nr && right == 3, "each keeps its limit in one process (%zu)\n",
			 good);
	policy_detach(-1, NULL, 0);
	for (i = good = 0; i < nr; i++) {
		close(handlers[i]);
		policy_unload(all[i]);
		good += !known(all[i]);
	}
	ksft_test_result(good == nr, "all are unregistered\n");
	munmap(area, PAGES * PAGE);
}

static bool tells_pri(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLPRI);
}

static void taken_away(void)
{
	char *area = map_anon(PAGES);
	struct mm_policy_info info;
	uint64_t clock;
	int fd;

	policy_load(policy_object("linear"));
	fd = policy_create("linear", PAGES / 2 * PAGE);
	policy_attach(fd, -1, area, PAGES * PAGE);
	fill(area, PAGES, 2);
	clock = policy_stat(fd, MM_POLICY_STAT_EVICTED_CLOCK);
	ksft_test_result(policy_stat(fd, MM_POLICY_STAT_EVICTED_POLICY) && !tells_pri(fd, 0),
			 "in use: the policy chooses\n");
	policy_unload("linear");
	info = policy_info(fd);
	ksft_test_result(!known("linear") && info.exit == MM_POLICY_EXIT_UNREGISTERED &&
			 info.message[0] && !strcmp(info.policy, "linear") && tells_pri(fd, 1000),
			 "unregistered in use: the handler tells, and so does poll()\n");
	ksft_test_result(intact(area, PAGES, 2) && policy_held(fd) <= PAGES / 2 &&
			 answers_to(0, area) == policy_id(fd) &&
			 policy_stat(fd, MM_POLICY_STAT_EVICTED_CLOCK) > clock,
			 "its users go on, with the clock\n");
	ksft_test_result(policy_set_policy(fd, "linear") == -ENOENT &&
			 !policy_set_policy(fd, "clock") && !tells_pri(fd, 0) &&
			 policy_info(fd).exit == MM_POLICY_EXIT_NONE,
			 "moved to another policy, it is a living one again\n");
	policy_load(policy_object("nru"));
	clock = policy_stat(fd, MM_POLICY_STAT_EVICTED_POLICY);
	ksft_test_result(!policy_set_policy(fd, "nru") && intact(area, PAGES, 2) &&
			 !strcmp(policy_info(fd).policy, "nru") &&
			 policy_stat(fd, MM_POLICY_STAT_EVICTED_POLICY) > clock,
			 "moved while its tasks run, the new policy chooses\n");
	policy_detach(-1, NULL, 0);
	close(fd);
	policy_unload("nru");
	munmap(area, PAGES * PAGE);
}

/*
 * Versions
 */

struct seen {
	__u64 inits, before, version, selects;
};

static struct bpf_object *open_version(int version)
{
	char name[32];
	struct bpf_object *object;

	snprintf(name, sizeof(name), "versions-%d", version);
	object = bpf_object__open_file(policy_own_object(name), NULL);
	if (!object || bpf_object__load(object))
		die("version %d", version);
	return object;
}

static struct bpf_map *ops_of(struct bpf_object *object)
{
	return bpf_object__find_map_by_name(object, "versions");
}

static struct seen seen_by(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, "versions_seen");
	struct seen seen = { 0 };
	__u32 key = 0;

	bpf_map__lookup_elem(map, &key, sizeof(key), &seen, sizeof(seen), 0);
	return seen;
}

static void versions(void)
{
	struct bpf_object *first = open_version(1), *second = open_version(2);
	struct bpf_object *third = open_version(3), *twin = open_version(1);
	char *area = map_anon(PAGES);
	struct bpf_link *link, *other;
	struct mm_policy_info info;
	struct seen seen;
	int fd, err;

	link = bpf_map__attach_struct_ops(ops_of(first));
	ksft_test_result(link && known("versions"), "by a link: a policy is registered\n");
	other = bpf_map__attach_struct_ops(ops_of(twin));
	ksft_test_result(!other && errno == EEXIST, "by a link: a name is there once (%d)\n",
			 errno);
	if (!link)
		die("no link");
	fd = policy_create("versions", PAGES / 2 * PAGE);
	policy_attach(fd, -1, area, PAGES * PAGE);
	fill(area, PAGES, 3);
	seen = seen_by(first);
	ksft_test_result(seen.version == 1 && seen.inits == 1 && !seen.before && seen.selects,
			 "by a link: it chooses\n");
	err = bpf_link__update_map(link, ops_of(second));
	ksft_test_result(!err && known("versions") && intact(area, PAGES, 3),
			 "updated in place (%d)\n", err);
	info = policy_info(fd);
	seen = seen_by(second);
	ksft_test_result(seen.version == 2 && seen.inits == 2 && seen.before == 1 &&
			 seen.selects && info.exit == MM_POLICY_EXIT_NONE &&
			 !strcmp(info.policy, "versions") && answers_to(0, area) == info.id,
			 "the new version has its users, and what the old one left in priv\n");
	ksft_test_result(policy_held(fd) <= PAGES / 2, "the limit holds\n");
	err = bpf_link__update_map(link, ops_of(third));
	info = policy_info(fd);
	ksft_test_result(!err && info.exit == MM_POLICY_EXIT_ERROR && tells_pri(fd, 1000) &&
			 intact(area, PAGES, 3) && policy_held(fd) <= PAGES / 2,
			 "a version that refuses: its users go on with the clock (%d)\n", err);
	bpf_link__destroy(link);
	ksft_test_result(!known("versions"), "without its link it is gone\n");
	policy_detach(-1, NULL, 0);
	close(fd);

	/* In use when its link goes */
	bpf_object__close(twin);
	twin = open_version(1);
	link = bpf_map__attach_struct_ops(ops_of(twin));
	fd = policy_create("versions", PAGES / 2 * PAGE);
	policy_attach(fd, -1, area, PAGES * PAGE);
	bpf_link__destroy(link);
	ksft_test_result(policy_info(fd).exit == MM_POLICY_EXIT_UNREGISTERED &&
			 tells_pri(fd, 1000) && intact(area, PAGES, 3),
			 "in use when its link goes: the handler tells, and so does poll()\n");
	policy_detach(-1, NULL, 0);
	close(fd);
	munmap(area, PAGES * PAGE);
	bpf_object__close(first);
	bpf_object__close(second);
	bpf_object__close(third);
	bpf_object__close(twin);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(28);
	libbpf_set_print(NULL);
	swap_on_disk(64, 0);
	by_tool(0);
	by_tool(1);
	several();
	taken_away();
	versions();
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
