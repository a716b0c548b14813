// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "json.h"
#include "utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

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
		} else if (utf8_is_control(s)) {
			fprintf(out, "\\u%04x", s[length - 1]);
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
