// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static const char too_large[] = "too large";

/* The digits at the beginning of a text, and what follows them. */
static const char *leading_number(const char *text, int base, __u64 *number,
				  const char **rest)
{
	char *end;

	if (base == 16 ? !isxdigit(*text) : !isdigit(*text))
		return base == 16 ? "not a hexadecimal number" : "not a number";
	errno = 0;
	*number = strtoull(text, &end, base);
	*rest = end;
	return errno ? too_large : NULL;
}

static int base_of(const char *text)
{
	return !strncmp(text, "0x", 2) && isxdigit(text[2]) ? 16 : 10;
}

const char *parse_number(const char *text, __u64 max, __u64 *number)
{
	const char *rest, *wrong;

	wrong = leading_number(text, base_of(text), number, &rest);
	if (wrong)
		return wrong;
	if (*rest)
		return "not a number";
	return *number > max ? too_large : NULL;
}

const char *parse_size(const char *text, __u64 *bytes)
{
	static const char not_a_size[] = "not a size such as 4096, 4K, 16M or 1G";
	static const char units[] = "KMGT";
	const char *rest, *unit, *wrong;
	unsigned int shift;

	wrong = leading_number(text, base_of(text), bytes, &rest);
	if (wrong)
		return wrong == too_large ? wrong : not_a_size;
	if (!*rest)
		return NULL;

	unit = strchr(units, toupper(*rest));
	if (!unit || rest[1])
		return not_a_size;
	shift = 10 * (unit - units + 1);
	if (*bytes > ~0ULL >> shift)
		return too_large;
	*bytes <<= shift;
	return NULL;
}

const char *parse_range(const char *text, __u64 page_size, __u64 *start,
			__u64 *length)
{
	static const char not_a_range[] =
		"not a range such as 7f0000000000-7f0000200000 or 7f0000000000+2M";
	const char *rest, *wrong;
	__u64 end;

	if (leading_number(text, 16, start, &rest))
		return not_a_range;

	if (*rest == '-') {
		if (leading_number(rest + 1, 16, &end, &rest) || *rest)
			return not_a_range;
		if (end <= *start)
			return "it ends before it begins";
		*length = end - *start;
	} else if (*rest == '+') {
		wrong = parse_size(rest + 1, length);
		if (wrong)
			return wrong;
		if (!*length)
			return "it is empty";
		if (*start + *length < *start)
			return too_large;
	} else {
		return not_a_range;
	}

	if (*start % page_size || *length % page_size)
		return "it does not begin and end at a page's edge";
	return NULL;
}
