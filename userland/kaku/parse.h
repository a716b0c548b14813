/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers, sizes and ranges as people write them. Each function returns NULL, or
 * what is wrong with the text.
 */
#ifndef KAKU_PARSE_H
#define KAKU_PARSE_H

#include <linux/types.h>

/* 12 or 0x1f, no more than @max */
const char *parse_number(const char *text, __u64 max, __u64 *number);

/* A number of bytes, of KiB with K, and so on: 4096, 4K, 16M, 1G, 1T */
const char *parse_size(const char *text, __u64 *bytes);

/* START-END in hexadecimal, as in /proc/PID/maps, or START+SIZE: whole pages */
const char *parse_range(const char *text, __u64 page_size, __u64 *start,
			__u64 *length);

#endif /* KAKU_PARSE_H */
