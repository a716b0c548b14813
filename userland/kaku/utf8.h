/* SPDX-License-Identifier: GPL-2.0-only */
/* Characters of texts that others wrote. */
#ifndef KAKU_UTF8_H
#define KAKU_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the UTF-8 character at the beginning, or 0 if there is none. */
unsigned int utf8_length(const unsigned char *s);

/* Is it one that terminals take for a command (C0, DEL, C1)? */
bool utf8_is_control(const unsigned char *s);

/* The bytes of the whole characters in the first @most bytes */
size_t utf8_whole(const char *text, size_t most);

#endif /* KAKU_UTF8_H */
