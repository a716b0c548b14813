// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "json.h"

static const char replacement[] = "\xef\xbf\xbd";

/* The bytes of the UTF-8 character at the beginning, or 0 if there is none. */
static unsigned int utf8_length(const unsigned char *s)
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

static void write_text(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned int length;

	putc('"', out);
	for (; *s; s += length) {
		length = utf8_length(s);
		if (!length) {
			fputs(replacement, out);
			length = 1;
		} else if (*s == '"' || *s == '\\') {
			fprintf(out, "\\%c", *s);
		} else if (*s < ' ' || *s == 0x7f) {
			fprintf(out, "\\u%04x", *s);
		} else {
			fwrite(s, 1, length, out);
		}
	}
	putc('"', out);
}

static void begin_value(struct json *json, const char *key)
{
	if (json->follows)
		putc(',', json->out);
	json->follows = true;
	if (key) {
		write_text(json->out, key);
		putc(':', json->out);
	}
}

static void end_value(struct json *json)
{
	if (json->depth)
		return;
	putc('\n', json->out);
	json->follows = false;
}

static void open_bracket(struct json *json, const char *key, char opening, char closing)
{
	if (json->depth == JSON_MAX_DEPTH)
		abort();
	begin_value(json, key);
	putc(opening, json->out);
	json->closing[json->depth++] = closing;
	json->follows = false;
}

void json_object(struct json *json, const char *key)
{
	open_bracket(json, key, '{', '}');
}

void json_array(struct json *json, const char *key)
{
	open_bracket(json, key, '[', ']');
}

void json_end(struct json *json)
{
	putc(json->closing[--json->depth], json->out);
	json->follows = true;
	end_value(json);
}

void json_text(struct json *json, const char *key, const char *text)
{
	begin_value(json, key);
	if (text)
		write_text(json->out, text);
	else
		fputs("null", json->out);
	end_value(json);
}

void json_number(struct json *json, const char *key, __u64 number)
{
	begin_value(json, key);
	fprintf(json->out, "%llu", number);
	end_value(json);
}

void json_real(struct json *json, const char *key, double number)
{
	begin_value(json, key);
	fprintf(json->out, "%.6f", number);
	end_value(json);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	fputs(value ? "true" : "false", json->out);
	end_value(json);
}

void json_address(struct json *json, const char *key, __u64 address)
{
	begin_value(json, key);
	fprintf(json->out, "\"0x%llx\"", address);
	end_value(json);
}
