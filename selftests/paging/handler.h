/* SPDX-License-Identifier: GPL-2.0-only */
/* A handler of /dev/mm_policy, as far as measuring needs it. */
#ifndef KAKU_PAGING_HANDLER_H
#define KAKU_PAGING_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/mm_policy.h>

/* All of these end the program when something goes wrong. */

/*
 * A new handler with this policy ("NAME", or "NAME:ARG..." with numbers for it); returns
 * its file. @limit in pages, 0: none.
 */
int handler_create(const char *policy, uint64_t limit);

/* With @start NULL: the whole process; @flags: MM_POLICY_ATTACH_*. */
void handler_attach(int fd, void *start, size_t length, uint32_t flags);

void handler_info(int fd, struct mm_policy_info *info);

/* That the policy still answers. */
void handler_check(int fd);

#endif
