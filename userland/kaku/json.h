/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writer of JSON. Inside an object each call gives a key; inside an array and at
 * the top the key is NULL. What is at the top ends with a newline.
 */
#ifndef KAKU_JSON_H
#define KAKU_JSON_H

#include <stdbool.h>
#include <stdio.h>
#include <linux/types.h>

#define JSON_MAX_DEPTH	8

struct json {
	FILE *out;
	unsigned int depth;
	char closing[JSON_MAX_DEPTH];
	bool follows;
};

void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_end(struct json *json);

/* What is not UTF-8 in a text becomes U+FFFD. NULL becomes null. */
void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, __u64 number);
void json_real(struct json *json, const char *key, double number);
void json_bool(struct json *json, const char *key, bool value);

/* An address, as text: numbers of JSON are not that exact everywhere. */
void json_address(struct json *json, const char *key, __u64 address);

#endif /* KAKU_JSON_H */
