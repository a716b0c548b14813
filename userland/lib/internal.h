/* SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause */
/* What the library's files share, and its users do not see. */
#ifndef KAKU_INTERNAL_H
#define KAKU_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "kaku.h"

#define KAKU_DEVICE	"/dev/mm_policy"

/*
 * A caller's options, whatever size he knows, in a structure of ours that is all
 * zero. false: he asks for something that we do not know, or gave no size.
 */
static inline bool copy_opts(void *ours, size_t known, const void *opts)
{
	const char *bytes = opts;
	size_t size;

	if (!opts)
		return true;
	memcpy(&size, opts, sizeof(size));
	if (size < sizeof(size))
		return false;
	for (size_t i = known; i < size; i++) {
		if (bytes[i])
			return false;
	}
	memcpy(ours, opts, size < known ? size : known);
	return true;
}

/* The device opened, or a negative errno. */
int device_open(void);

/* ioctl() with a negative errno. */
int device_call(int fd, unsigned long call, void *argument);

/* The same, on a file of its own. */
int device_call_once(unsigned long call, void *argument);

/* 0, or -ENAMETOOLONG. */
int copy_name(char name[MM_POLICY_NAME_LEN], const char *text);

#endif /* KAKU_INTERNAL_H */
