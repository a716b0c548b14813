/* SPDX-License-Identifier: GPL-2.0-only */
/* What a library complained of, until it is known whether anybody needs to read it. */
#ifndef KAKU_COMPLAINTS_H
#define KAKU_COMPLAINTS_H

#include <stdarg.h>

/*
 * Of complaints that are too long the end is kept, for a verifier's log says there
 * what is wrong.
 */
void keep_complaint(const char *format, va_list args);

/* All that is kept, from the beginning of a line on; "" if there were none. */
const char *complaints(void);

#endif /* KAKU_COMPLAINTS_H */
