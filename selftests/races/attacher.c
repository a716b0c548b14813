// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attacher: makes handlers, gives them processes and ranges of processes, moves
 * these to others, takes them away, changes handlers under way, and closes them.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "races.h"

#define HANDLERS	10	/* of each attacher; besides the veterans */
#define OWN_PAGES	256

struct mine {
	int fd;			/* 0: none */
	bool wide;		/* its limit is enough for a process */
};

static struct mine mine[HANDLERS];
static char *own;

static struct mine *any_mine(void)
{
	unsigned int i, at = pick(HANDLERS);

	for (i = 0; i < HANDLERS; i++)
		if (mine[(at + i) % HANDLERS].fd > 0)
			return &mine[(at + i) % HANDLERS];
	return NULL;
}

/* A handler for a range, or (@wide) for a whole process */
static int any_handler(bool wide)
{
	struct mine *m = any_mine();

	if (chance(40) || !m || (wide && !m->wide))
		return veteran[pick(VETERANS)];
	return m->fd;
}

static bool do_create(void)
{
	struct mine *m = &mine[pick(HANDLERS)];
	bool wide = chance(50);
	int fd = create_handler(any_policy(), any_limit(wide));

	if (fd < 0)
		return false;
	if (m->fd > 0)
		close(m->fd);
	*m = (struct mine){ fd, wide };
	return true;
}

/* Its processes may keep it alive, or not. */
static bool do_close(void)
{
	struct mine *m = any_mine();

	if (!m)
		return false;
	close(m->fd);
	m->fd = 0;
	return true;
}

static bool do_open(void)
{
	struct mm_policy_next next = { .size = sizeof(next), .id = pick(1000) };
	struct mm_policy_open open = { .size = sizeof(open) };
	struct mine *m = &mine[pick(HANDLERS)];
	int fd = control();

	if (call(fd, MM_POLICY_NEXT, &next)) {
		next.id = 0;
		call(fd, MM_POLICY_NEXT, &next);
	}
	open.id = next.id;
	if (call(fd, MM_POLICY_OPEN, &open)) {
		close(fd);
		return false;
	}
	if (m->fd > 0)
		close(m->fd);
	*m = (struct mine){ fd, false };
	return true;
}

static int pidfd_of(const struct target *target)
{
	return open_pid(atomic_load(&target->pid));
}

static bool do_attach(void)
{
	uint32_t flags = chance(30) ? MM_POLICY_ATTACH_EXEC : 0;
	int pidfd = pidfd_of(any_target());
	bool good;

	if (chance(20))
		flags |= MM_POLICY_ATTACH_ALONE;
	good = attach(any_handler(true), pidfd, 0, 0, flags, pick(3));
	close(pidfd);
	return good;
}

/* One that is just beginning, executing, or ending */
static bool do_attach_newborn(void)
{
	int pidfd = open_pid(atomic_load(&board->newborn));
	bool good = pidfd >= 0 && attach(any_handler(true), pidfd, 0, 0, 0, 0);

	close(pidfd);
	return good;
}

static bool do_attach_range(void)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	int pidfd = pidfd_of(target);
	bool good = attach(any_handler(false), pidfd, range.start, range.length, 0, pick(3));

	close(pidfd);
	return good;
}

static bool do_move(void)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	int pidfd = pidfd_of(target);
	unsigned int i = 2 + pick(4);
	bool good = true;

	while (good && i--)
		good = attach(any_handler(false), pidfd, range.start, range.length, 0, pick(3));
	close(pidfd);
	return good;
}

static bool do_detach(void)
{
	int pidfd = pidfd_of(any_target());
	bool good = detach(pidfd, 0, 0);

	close(pidfd);
	return good;
}

static bool do_detach_range(void)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	int pidfd = pidfd_of(target);
	bool good = detach(pidfd, range.start, range.length);

	close(pidfd);
	return good;
}

static bool do_self(void)
{
	uint64_t seed = pick(1 << 30);
	bool good = attach(any_handler(true), -1, 0, 0, MM_POLICY_ATTACH_EXEC, 0);

	fill(own, OWN_PAGES, seed);
	good &= attach(any_handler(false), -1, (uintptr_t)own, OWN_PAGES * PAGE / 2, 0, 1);
	return detach(-1, 0, 0) && intact("attacher's own", own, OWN_PAGES, seed) && good;
}

static bool set(struct mm_policy_set *s, bool wide)
{
	s->size = sizeof(*s);
	return !call(any_handler(wide), MM_POLICY_SET, s);
}

static bool do_set_policy(void)
{
	struct mm_policy_set s = { .what = MM_POLICY_SET_POLICY };

	snprintf(s.policy, sizeof(s.policy), "%s", any_policy());
	return set(&s, chance(50));
}

/* A process's handler may not become narrow; veterans have processes. */
static bool do_set_limit(void)
{
	struct mm_policy_set s = { .size = sizeof(s), .what = MM_POLICY_SET_LIMIT };
	struct mine *m = any_mine();

	if (!m || chance(50)) {
		s.limit = any_limit(true);
		return !call(veteran[pick(VETERANS)], MM_POLICY_SET, &s);
	}
	s.limit = any_limit(m->wide);
	return !call(m->fd, MM_POLICY_SET, &s);
}

static bool do_set_args(void)
{
	struct mm_policy_set s = { .what = MM_POLICY_SET_ARGS | MM_POLICY_SET_ARG };
	unsigned int i;

	for (i = 0; i < MM_POLICY_NR_ARGS; i++)
		s.args[i] = pick(16);
	snprintf(s.arg, sizeof(s.arg), "%u", (unsigned int)pick(1000));
	return set(&s, false);
}

static bool do_reclaim(void)
{
	struct mm_policy_reclaim r = { .size = sizeof(r), .bytes = pick(MIB) };

	return !call(any_handler(false), MM_POLICY_RECLAIM, &r);
}

static bool do_info(void)
{
	struct mm_policy_info info = { .size = sizeof(info) };
	struct pollfd poll_fd = { .fd = any_handler(false), .events = POLLIN | POLLPRI };

	poll(&poll_fd, 1, pick(3));
	if (call(poll_fd.fd, MM_POLICY_INFO, &info))
		return false;
	if (info.held > 512 * MIB || info.laundry > 512 * MIB || info.ahead > 512 * MIB) {
		complain("handler %u holds %llu, %llu in the laundry, %llu ahead", info.id,
			 (unsigned long long)info.held, (unsigned long long)info.laundry,
			 (unsigned long long)info.ahead);
		return false;
	}
	return true;
}

static bool do_list(void)
{
	struct mm_policy_entry entry = { .size = sizeof(entry) };
	struct mm_policy_next next = { .size = sizeof(next) };
	int fd = control(), nr = 0;

	while (!call(fd, MM_POLICY_ENTRY, &entry))
		entry.index++;
	while (!call(fd, MM_POLICY_NEXT, &next))
		nr++;
	close(fd);
	return entry.index && nr;
}

static void begin(void)
{
	own = map_anon(OWN_PAGES);
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < HANDLERS; i++)
		if (mine[i].fd > 0)
			close(mine[i].fd);
}

static const struct op ops[] = {
	{ "create", do_create, 4, 50, NULL },
	{ "close", do_close, 1, 10, NULL },
	{ "open", do_open, 1, 10, NULL },
	{ "attach", do_attach, 3, 40, NULL },
	{ "attach newborn", do_attach_newborn, 2, 3, NULL },
	{ "attach range", do_attach_range, 6, 50, NULL },
	{ "move", do_move, 3, 30, NULL },
	{ "detach", do_detach, 1, 10, NULL },
	{ "detach range", do_detach_range, 2, 20, NULL },
	{ "self", do_self, 1, 5, NULL },
	{ "set policy", do_set_policy, 4, 20, NULL },
	{ "set limit", do_set_limit, 2, 20, NULL },
	{ "set args", do_set_args, 1, 10, NULL },
	{ "reclaim", do_reclaim, 2, 20, NULL },
	{ "info, poll", do_info, 2, 20, NULL },
	{ "list", do_list, 1, 10, NULL },
};

const struct disturber attacher = {
	.name = "attacher",
	.pause_us = 10000,
	.begin = begin,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
