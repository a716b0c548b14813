// SPDX-License-Identifier: GPL-2.0-only
#include "utf8.h"

unsigned int utf8_length(const unsigned char *s)
{
	unsigned int length, low = 0x80, high = 0xbf;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	else
		return 0;

	switch (s[0]) {
	case 0xe0:	/* no longer than needed */
		low = 0xa0;
		break;
	case 0xed:	/* no surrogates */
		high = 0x9f;
		break;
	case 0xf0:
		low = 0x90;
		break;
	case 0xf4:	/* up to U+10FFFF */
		high = 0x8f;
		break;
	}
	if (s[1] < low || s[1] > high)
		return 0;
	for (unsigned int i = 2; i < length; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return length;
}

bool utf8_is_control(const unsigned char *s)
{
	return s[0] < ' ' || s[0] == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f);
}

size_t utf8_whole(const char *text, size_t most)
{
	size_t length = 0, next = 0;

	while (text[length]) {
		next = utf8_length((const unsigned char *)text + length);
		if (!next || length + next > most)
			break;
		length += next;
	}
	return length;
}
