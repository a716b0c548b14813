// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the command is made of: numbers, sizes and ranges as people write them, JSON,
 * lines of /proc/PID/mm_policy and of tracefs, pictures, what a library complained of.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "complaints.h"
#include "json.h"
#include "parse.h"
#include "picture.h"
#include "procfs.h"
#include "tracefs.h"
#include "utf8.h"

static int count, failed;

static void __attribute__((format(printf, 2, 3)))
check(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%sok %d - ", good ? "" : "not ", ++count);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	failed += !good;
}

/* ------------------------------------------------------------------------ parsing */

static void test_numbers(void)
{
	__u64 n = 0;

	check(!parse_number("0", 10, &n) && n == 0, "0 is a number");
	check(!parse_number("0x1f", 31, &n) && n == 31, "0x1f is 31");
	check(!parse_number("18446744073709551615", ~0ULL, &n) && n == ~0ULL,
	      "the largest number");
	check(parse_number("18446744073709551616", ~0ULL, &n), "one more is refused");
	check(parse_number("11", 10, &n), "more than the maximum is refused");
	for (const char *const *text = (const char *const[]){
			"", " 1", "1 ", "-1", "+1", "x", "0x", "1x", "1K", NULL }; *text; text++)
		check(parse_number(*text, ~0ULL, &n), "'%s' is not a number", *text);
}

static void test_sizes(void)
{
	static const struct {
		const char *text;
		__u64 bytes;
	} good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "4K", 4096 }, { "4k", 4096 },
		{ "16M", 16 << 20 }, { "1G", 1 << 30 }, { "2T", 2ULL << 40 },
		{ "0x1000", 4096 }, { "0x10K", 16384 },
		{ "16777215T", 16777215ULL << 40 },
	};
	static const char *const bad[] = {
		"", "K", "4KB", "4 K", "-4K", "1.5G", "4X", "16777216T", "1e3",
		"99999999999999999999", "4K ", "0x",
	};
	__u64 bytes;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check(!parse_size(good[i].text, &bytes) && bytes == good[i].bytes,
		      "size %s", good[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(parse_size(bad[i], &bytes), "'%s' is not a size", bad[i]);
}

static void test_ranges(void)
{
	static const struct {
		const char *text;
		__u64 start;
		__u64 length;
	} good[] = {
		{ "1000-3000", 0x1000, 0x2000 },
		{ "0x1000-0x3000", 0x1000, 0x2000 },
		{ "7f0000000000+2M", 0x7f0000000000, 2 << 20 },
		{ "0+4096", 0, 4096 },
		{ "1000+0x1000", 0x1000, 0x1000 },
	};
	static const char *const bad[] = {
		"", "1000", "1000-", "-1000", "1000-1000", "3000-1000", "1000+", "1000+0",
		"1001-3000", "1000-3001", "1000+1", "1000-3000x", "x-y", "1000+4Q",
		"fffffffffffff000+4M", "1000--3000", "1000 - 3000",
	};
	__u64 start, length;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check(!parse_range(good[i].text, 4096, &start, &length) &&
		      start == good[i].start && length == good[i].length,
		      "range %s", good[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check(parse_range(bad[i], 4096, &start, &length), "'%s' is not a range",
		      bad[i]);
}

static void test_managed(void)
{
	struct managed part;

	check(parse_managed("7f0000000000-7f0000200000 3 nru 9\n", &part) && !part.whole &&
	      part.start == 0x7f0000000000 && part.end == 0x7f0000200000 &&
	      part.handler == 3 && !strcmp(part.policy, "nru") && part.tag == 9,
	      "a range in /proc/PID/mm_policy");
	check(parse_managed("default 3 nru 0\n", &part) && part.whole && part.handler == 3,
	      "a process's default");
	check(!parse_managed("default 3 nru\n", &part), "a line with too little is refused");
	check(parse_managed("1000-2000 3 nru 7 more 8\n", &part) && part.tag == 7 &&
	      part.end == 0x2000,
	      "what a later kernel says at the end of a line is passed over");
	check(parse_managed("default 3 nru 7 more\n", &part) && part.whole && part.tag == 7,
	      "also of a process's default");
	check(!parse_managed("1000-2000 3 nru 7x\n", &part), "a tag is a number");
	check(!parse_managed("default 3 nru x\n", &part), "also of a default");
	check(!parse_managed("\n", &part), "an empty line is refused");
}

static void test_sizes_as_text(void)
{
	check(!strcmp(size_text(0), "0"), "0 bytes");
	check(!strcmp(size_text(1023), "1023"), "1023 bytes");
	check(!strcmp(size_text(4096), "4K"), "4K");
	check(!strcmp(size_text(3 << 19), "1.5M"), "1.5M");
	check(!strcmp(size_text(64 << 20), "64M"), "64M");
	check(!strcmp(size_text(~0ULL), "16E"), "the largest size");
	check(!strcmp(limit_text(0), "none"), "no limit");
}

/* --------------------------------------------------------------------------- JSON */

static char *json_of(void (*write)(struct json *json))
{
	struct json json = {};
	char *text = NULL;
	size_t size;

	json.out = open_memstream(&text, &size);
	write(&json);
	fclose(json.out);
	return text;
}

static void check_json(void (*write)(struct json *json), const char *wanted,
		       const char *name)
{
	char *got = json_of(write);

	check(!strcmp(got, wanted), "JSON: %s", name);
	if (strcmp(got, wanted))
		printf("# wanted %s# got %s", wanted, got);
	free(got);
}

static void write_nested(struct json *json)
{
	json_object(json, NULL);
	json_number(json, "a", ~0ULL);
	json_array(json, "b");
	json_array(json, NULL);
	json_end(json);
	json_object(json, NULL);
	json_end(json);
	json_bool(json, NULL, true);
	json_text(json, NULL, NULL);
	json_end(json);
	json_address(json, "c", 0x7f0000001000);
	json_real(json, "d", 1.5);
	json_end(json);
}

static void write_escaped(struct json *json)
{
	json_text(json, NULL, "a\"b\\c\n\t\x01\x7f/\xc2\x9b");
}

static void write_utf8(struct json *json)
{
	json_text(json, NULL, "\xc3\xa9 \xe6\x9b\xb8 \xf0\x9f\x98\x80");
}

static void write_broken_utf8(struct json *json)
{
	/* alone, cut, too long, a surrogate, beyond Unicode */
	json_text(json, NULL, "\x80 \xc3 \xc0\xaf \xed\xa0\x80 \xf5 \xe6\x9b");
}

static void write_two(struct json *json)
{
	json_number(json, NULL, 1);
	json_number(json, NULL, 2);
}

#define R "\xef\xbf\xbd"

static void test_json(void)
{
	check_json(write_nested,
		   "{\"a\":18446744073709551615,\"b\":[[],{},true,null],\"c\":\"0x7f0000001000\",\"d\":1.500000}\n",
		   "objects in arrays in objects");
	check_json(write_escaped, "\"a\\\"b\\\\c\\u000a\\u0009\\u0001\\u007f/\\u009b\"\n",
		   "what must be escaped is");
	check_json(write_utf8, "\"\xc3\xa9 \xe6\x9b\xb8 \xf0\x9f\x98\x80\"\n",
		   "UTF-8 stays as it is");
	check_json(write_broken_utf8,
		   "\"" R " " R " " R R " " R R R " " R " " R R "\"\n",
		   "what is not UTF-8 is replaced");
	check_json(write_two, "1\n2\n", "each value at the top is a line");
}

/* --------------------------------------------------------------- what others wrote */

static void test_printable(void)
{
	static const struct {
		const char *text, *printable, *claim;
	} tests[] = {
		{ "a b~", "a b~", "ASCII stays as it is" },
		{ "\x1b[2J\n\t\x01\x7f", "?[2J????", "controls do not" },
		{ "\xc3\xa9 \xe6\x9b\xb8 \xf0\x9f\x98\x80 \xc2\xa0",
		  "\xc3\xa9 \xe6\x9b\xb8 \xf0\x9f\x98\x80 \xc2\xa0", "UTF-8 does" },
		{ "\xc2\x9b[J \xc2\x80 \xc2\x9f", "??[J ?? ??", "its controls do not" },
		{ "\x9b[J \x80 \xe9", "?[J ? ?", "nor do bytes alone" },
		{ "\xc3 \xc0\xaf \xed\xa0\x80 \xe6\x9b", "? ?? ??? ??",
		  "nor what is cut, too long or a surrogate" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		char text[64];

		strcpy(text, tests[i].text);
		make_printable(text);
		check(!strcmp(text, tests[i].printable), "in a terminal %s", tests[i].claim);
	}
}

static void test_whole(void)
{
	static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 7, 7 };

	for (size_t most = 0; most < ARRAY_SIZE(whole); most++)
		check(utf8_whole("a\xc3\xa9\xe6\x9b\xb8z", most) == whole[most],
		      "whole characters in %zu bytes", most);
	check(utf8_whole("a\xe6\x9b", 8) == 1, "what is cut is none");
}

/* ------------------------------------------------------------------------ tracing */

static bool parse(const char *name_and_fields, struct event *event)
{
	char line[256];

	snprintf(line, sizeof(line), " a b-12 [001] d..1.  12.500000: %s\n",
		 name_and_fields);
	return parse_event(line, event);
}

static void test_events(void)
{
	struct event event;

	check(parse("mm_policy_fault: handler=0x3 (3) page=0x17f (383) kind=0x2 (2) flags=0x5 (5)",
		    &event) && event.type == EVENT_FAULT && event.handler == 3 &&
	      event.page == 0x17f && event.kind == 2 && event.flags == 5 &&
	      event.nr == 1 && event.time == 12.5,
	      "a fault in the form of options/fields");
	check(parse("mm_policy_evict: handler=7 page=0x100 nr=16 by=1 why=3", &event) &&
	      event.type == EVENT_EVICT && event.handler == 7 && event.page == 0x100 &&
	      event.nr == 16 && event.by == 1 && event.why == 3,
	      "an eviction in the form of NAME=VALUE");
	check(parse("mm_policy_prefetch: handler=7 page=0x100 nr=8", &event) &&
	      event.type == EVENT_PREFETCH && event.nr == 8, "a prefetch");
	check(parse("mm_policy_prefetch: handler=7 page=0x100 nr=0x0 (0)", &event) &&
	      event.nr == 0, "a prefetch that read nothing");
	check(parse("mm_policy_eject: handler=7 kind=3 message=bad page=0x1", &event) &&
	      event.type == EVENT_EJECT && event.kind == 3 &&
	      !strcmp(event.message, "bad page=0x1"), "an ejection with its message");
	check(!parse("sched_switch: handler=7", &event), "another event is none of ours");
	check(!parse("mm_policy_fault: page=7", &event), "nor one without a handler");
	check(!parse_event("mm_policy_fault: handler=7", &event), "nor is half a line");
	check(!parse_event("x-1 [000] ..... x: mm_policy_fault: handler=7", &event),
	      "nor one without a time");
	check(parse_lost("CPU:1 [LOST 123 EVENTS]") == 123, "lost events are counted");
	check(parse_lost("anything else") == 0, "and only these");
}

/* ----------------------------------------------------------------------- pictures */

#define PAGE(space, address)	((space) << 44 | (address) >> 12)

static char *drawing_of(const struct picture *picture)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err = draw_picture(out, picture);

	fclose(out);
	check(!err, "a picture of %zu points is drawn", picture->nr_points);
	return text;
}

static void check_drawn(const char *drawing, const char *text, bool there)
{
	check(!strstr(drawing, text) == !there, "%s: %s", there ? "drawn" : "not drawn",
	      text);
}

static void test_empty_picture(void)
{
	struct picture picture = { .title = "<none> & \"nothing\"", .footer = "\x1b\xff" };
	char *drawing = drawing_of(&picture);

	check_drawn(drawing, "&lt;none&gt; &amp; &quot;nothing&quot;", true);
	check_drawn(drawing, ">?\?<", true);
	check_drawn(drawing, "<path", false);
	check(!strcmp(drawing + strlen(drawing) - 7, "</svg>\n"), "it is complete");
	free(drawing);
}

static void test_small_picture(void)
{
	const struct point points[] = {
		{ 0, PAGE(1ULL, 0x1000), 1, MARK_FIRST },
		{ 0.5, PAGE(1ULL, 0x2000), 4, MARK_AHEAD },
		{ 1, PAGE(1ULL, 0x1000), 1, MARK_EVICTED },
		{ 2, PAGE(1ULL, 0x7f0000000000), 1, MARK_REFAULT },
	};
	const struct note notes[] = { { 1.5, "it went <wrong>" } };
	struct picture picture = {
		.title = "t", .footer = "f", .seconds = 2,
		.points = points, .nr_points = ARRAY_SIZE(points),
		.notes = notes, .nr_notes = ARRAY_SIZE(notes),
	};
	char *drawing = drawing_of(&picture);

	check_drawn(drawing, "first touch 1<", true);
	check_drawn(drawing, "read ahead 4<", true);
	check_drawn(drawing, "refault 1<", true);
	check_drawn(drawing, "evicted 1<", true);
	check_drawn(drawing, ">1000<", true);
	check_drawn(drawing, ">7f0000000000<", true);
	check_drawn(drawing, "it went &lt;wrong&gt;", true);
	check_drawn(drawing, "class=\"m1\"", false);
	free(drawing);
}

static void test_two_spaces(void)
{
	const struct point points[] = {
		{ 0, PAGE(1ULL, 0x1000), 1, MARK_FIRST },
		{ 0, PAGE(2ULL, 0x1000), 1, MARK_FIRST },
	};
	struct picture picture = {
		.title = "t", .footer = "f", .seconds = 1, .points = points, .nr_points = 2,
	};
	char *drawing = drawing_of(&picture);

	check_drawn(drawing, ">1:1000<", true);
	check_drawn(drawing, ">2:1000<", true);
	free(drawing);
}

static void test_many_points(void)
{
	const size_t nr = 200000;
	struct point *points = calloc(nr, sizeof(*points));
	struct picture picture = {
		.title = "t", .footer = "f", .seconds = 10, .points = points, .nr_points = nr,
	};
	unsigned long long random = 1;
	char *drawing;

	for (size_t i = 0; i < nr; i++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		points[i].time = (random >> 33) % 1000 / 100.0;
		points[i].page = random >> 20;
		points[i].nr = 1 + random % 7;
		points[i].mark = random >> 60 & 3;
	}
	points[0].nr = ~0U;
	points[1].time = -1;
	points[2].time = 11;
	drawing = drawing_of(&picture);
	check(strlen(drawing) < 12 << 20, "many points scattered everywhere stay small");
	free(drawing);

	for (size_t i = 0; i < nr; i++) {
		points[i] = (struct point){ .time = i * 10.0 / nr, .page = 100 + i % 4096,
					    .nr = 1 };
	}
	drawing = drawing_of(&picture);
	check(strlen(drawing) < 1 << 20, "many neighbours stay smaller");
	check_drawn(drawing, "first touch 200000<", true);
	free(drawing);
	free(points);
}

/* --------------------------------------------------------------------- complaints */

static void __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep_complaint(format, args);
	va_end(args);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), of_end = strlen(end);

	return length >= of_end && !strcmp(text + length - of_end, end);
}

/* As libbpf says it: a line before the log, all of the log at once, a line after it. */
static void test_complaints(void)
{
	static const char step[] = "12: (b7) r0 = 0\n", end[] = "program is too large\n";
	char *log = calloc(10000, sizeof(step));

	check(!*complaints(), "no complaints at first");
	complain("load of '%s' failed\n", "x");
	check(!strcmp(complaints(), "load of 'x' failed\n"), "a complaint is kept");

	for (int i = 0; i < 10000; i++)
		memcpy(log + i * (sizeof(step) - 1), step, sizeof(step) - 1);
	complain("%s%s", log, end);
	check(ends_with(complaints(), end), "the end of a long log is kept");
	check(!strncmp(complaints(), step, sizeof(step) - 1),
	      "what is cut off is whole lines");
	check(strlen(complaints()) > 60000, "and not more than necessary");
	complain("that was %d\n", 1);
	complain("that was %d\n", 2);
	check(ends_with(complaints(), "too large\nthat was 1\nthat was 2\n"),
	      "so is what comes after it");
	free(log);
}

int main(void)
{
	puts("TAP version 13");
	test_numbers();
	test_sizes();
	test_ranges();
	test_managed();
	test_sizes_as_text();
	test_json();
	test_printable();
	test_whole();
	test_events();
	test_empty_picture();
	test_small_picture();
	test_two_spaces();
	test_many_points();
	test_complaints();
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}
