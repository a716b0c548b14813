// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "internal.h"

int kaku_policy__next(__u32 *index, struct mm_policy_entry *entry, size_t size)
{
	int err;

	if (size < offsetof(struct mm_policy_entry, name))
		return -EINVAL;
	memset(entry, 0, size);
	entry->size = size;
	entry->index = *index;
	err = device_call_once(MM_POLICY_ENTRY, entry);
	if (!err)
		++*index;
	return err;
}

int kaku_policy__find(const char *name, struct mm_policy_entry *entry, size_t size)
{
	__u32 index = 0;
	int err;

	if (size < offsetof(struct mm_policy_entry, flags))
		return -EINVAL;
	do {
		err = kaku_policy__next(&index, entry, size);
	} while (!err && strncmp(entry->name, name, sizeof(entry->name)));
	return err;
}

int kaku_policy__allow(const char *name, __u32 flags, __u32 gid)
{
	struct mm_policy_allow allow = {
		.size = sizeof(allow), .flags = flags, .gid = gid,
	};
	int err = copy_name(allow.name, name);

	return err ? err : device_call_once(MM_POLICY_ALLOW, &allow);
}
