// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "handler.h"
#include "util.h"

#define DEVICE	"/dev/mm_policy"

int handler_create(const char *policy, uint64_t limit)
{
	struct mm_policy_create create = {
		.size = sizeof(create),
		.limit = limit * PAGE,
	};
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	size_t length = strcspn(policy, ":");
	const char *at = policy + length;
	char *end;

	if (fd < 0)
		die("%s: %m: this kernel has no paging policies", DEVICE);
	if (length >= sizeof(create.policy))
		die("policy '%s': the name is too long", policy);
	memcpy(create.policy, policy, length);
	for (size_t i = 0; *at && i < MM_POLICY_NR_ARGS; i++, at = end) {
		create.args[i] = strtoull(at + 1, &end, 0);
		if (end == at + 1 || (*end && *end != ':'))
			die("policy '%s': not a number: '%s'", policy, at + 1);
	}
	if (ioctl(fd, MM_POLICY_CREATE, &create))
		die("policy '%s': %m", policy);
	return fd;
}

void handler_attach(int fd, void *start, size_t length, uint32_t flags)
{
	struct mm_policy_attach attach = {
		.size = sizeof(attach),
		.flags = flags,
		.pidfd = -1,
		.start = (uintptr_t)start,
		.length = length,
	};

	if (ioctl(fd, MM_POLICY_ATTACH, &attach))
		die("cannot attach to a policy: %m");
}

void handler_info(int fd, struct mm_policy_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	if (ioctl(fd, MM_POLICY_INFO, info))
		die("cannot ask for the handler's counters: %m");
}

void handler_check(int fd)
{
	struct mm_policy_info info;

	handler_info(fd, &info);
	if (info.exit != MM_POLICY_EXIT_NONE)
		die("policy '%.*s' was ejected: %.*s", MM_POLICY_NAME_LEN,
		    info.policy, MM_POLICY_MESSAGE_LEN, info.message);
}
