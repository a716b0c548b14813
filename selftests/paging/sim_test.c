// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulations count what they say: against trying everything on short random
 * strings, against a plain-minded list, and against what is known of cyclic scans.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "refs.h"
#include "sim.h"
#include "util.h"

static uint64_t state = 20261120;

static struct string random_string(uint32_t *refs, size_t length, uint32_t pages)
{
	struct string s = { .refs = refs, .length = length, .pages = pages };
	uint32_t seen = 0;

	for (size_t i = 0; i < length; i++) {
		refs[i] = below(&state, pages);
		if (pages <= 32)
			seen |= 1u << refs[i];
	}
	s.distinct = __builtin_popcount(seen);
	return s;
}

/* The least misses from reference @at on, whatever is evicted. */
static size_t try_all(const struct string *s, uint32_t frames, size_t at,
		      uint32_t resident)
{
	size_t least = SIZE_MAX;
	uint32_t page;

	for (; at < s->length && resident & 1u << s->refs[at]; at++)
		;
	if (at == s->length)
		return 0;
	page = 1u << s->refs[at];
	if ((uint32_t)__builtin_popcount(resident) < frames)
		return 1 + try_all(s, frames, at + 1, resident | page);
	for (uint32_t victim = 1; victim <= resident; victim <<= 1) {
		size_t misses;

		if (!(resident & victim))
			continue;
		misses = 1 + try_all(s, frames, at + 1, (resident & ~victim) | page);
		if (misses < least)
			least = misses;
	}
	return least;
}

static void opt_is_the_least(void)
{
	uint32_t refs[16];
	int wrong = 0;

	for (int i = 0; i < 2000; i++) {
		uint32_t pages = 2 + below(&state, 5);
		uint32_t frames = 1 + below(&state, pages);
		struct string s = random_string(refs, 1 + below(&state, 16), pages);

		wrong += misses_opt(&s, frames) != try_all(&s, frames, 0, 0);
	}
	ksft_test_result(!wrong, "opt: the least that trying all finds (%d of 2000 differ)\n",
			 wrong);
}

/* An array of the resident pages, in order of loading or of use; moved by hand. */
static size_t plain(const struct string *s, uint32_t frames, bool renew, bool newest)
{
	uint32_t list[64], n = 0;
	size_t misses = 0;

	for (size_t i = 0; i < s->length; i++) {
		uint32_t page = s->refs[i], at = 0;

		while (at < n && list[at] != page)
			at++;
		if (at < n && !renew)
			continue;
		if (at == n) {
			misses++;
			if (n < frames) {
				list[n++] = page;
				continue;
			}
			at = newest ? n - 1 : 0;
		}
		memmove(list + at, list + at + 1, (n - at - 1) * sizeof(*list));
		list[n - 1] = page;
	}
	return misses;
}

static void lists_are_lists(void)
{
	int lru = 0, fifo = 0, mru = 0;
	uint32_t refs[400];

	for (int i = 0; i < 500; i++) {
		uint32_t pages = 1 + below(&state, 40);
		uint32_t frames = 1 + below(&state, 40);
		struct string s = random_string(refs, below(&state, 400), pages);

		lru += misses_lru(&s, frames) != plain(&s, frames, true, false);
		fifo += misses_fifo(&s, frames) != plain(&s, frames, false, false);
		mru += misses_mru(&s, frames) != plain(&s, frames, true, true);
	}
	ksft_test_result(!lru, "lru: as with a plain list (%d of 500 differ)\n", lru);
	ksft_test_result(!fifo, "fifo: as with a plain list (%d of 500 differ)\n", fifo);
	ksft_test_result(!mru, "mru: as with a plain list (%d of 500 differ)\n", mru);
}

/* The hand, one step at a time over a list of frames in the order of pages. */
static size_t plain_hand(const struct string *s, uint32_t frames, bool spare)
{
	bool here[64] = { }, young[64] = { };
	uint32_t n = 0, hand = 0;
	size_t misses = 0;

	for (size_t i = 0; i < s->length; i++) {
		uint32_t page = s->refs[i];

		if (!here[page]) {
			misses++;
			if (n == frames) {
				for (;; hand++) {
					uint32_t p = hand % s->pages;

					if (here[p] && !(spare && young[p]))
						break;
					young[p] = false;
				}
				here[hand++ % s->pages] = false;
				n--;
			}
			here[page] = true;
			n++;
		}
		young[page] = true;
	}
	return misses;
}

static void hands_are_hands(void)
{
	int nru = 0, linear = 0;
	uint32_t refs[400];

	for (int i = 0; i < 500; i++) {
		uint32_t pages = 1 + below(&state, 40);
		uint32_t frames = 1 + below(&state, 40);
		struct string s = random_string(refs, below(&state, 400), pages);

		nru += misses_nru(&s, frames) != plain_hand(&s, frames, true);
		linear += misses_linear(&s, frames) != plain_hand(&s, frames, false);
	}
	ksft_test_result(!nru, "nru: as with a plain hand (%d of 500 differ)\n", nru);
	ksft_test_result(!linear, "linear: as with a plain hand (%d of 500 differ)\n",
			 linear);
}

static void nobody_beats_opt(void)
{
	uint32_t refs[4000];
	int beaten = 0;

	for (int i = 0; i < 50; i++) {
		uint32_t pages = 2 + below(&state, 300);
		uint32_t frames = 1 + below(&state, pages);
		struct string s = random_string(refs, ARRAY_SIZE(refs), pages);
		size_t opt = misses_opt(&s, frames);

		for (const struct simulation *one = simulations; one->name; one++)
			beaten += one->misses(&s, frames) < opt;
	}
	ksft_test_result(!beaten, "opt: nothing else misses less (%d did)\n", beaten);
}

/*
 * N pages in turn, R rounds, F frames less than N. Whatever evicts the oldest misses
 * always. The optimum first misses N times; then F - 1 hits and N - F misses take
 * turns (which is also what evicting the newest does).
 */
static void cyclic_scans(void)
{
	static uint32_t refs[60 * 40];
	int opt = 0, mru = 0, lru = 0, linear = 0, enough = 0;

	for (uint32_t n = 2; n <= 60; n += 7) {
		struct string s = { .refs = refs, .length = n * 40, .pages = n,
				    .distinct = n };

		for (size_t i = 0; i < s.length; i++)
			refs[i] = i % n;
		for (uint32_t f = 1; f < n; f++) {
			size_t rest = s.length - n, last = rest % (n - 1);
			size_t least = n + rest / (n - 1) * (n - f) +
				       (last > f - 1 ? last - (f - 1) : 0);

			opt += misses_opt(&s, f) != least;
			mru += misses_mru(&s, f) != least;
			lru += misses_lru(&s, f) != s.length;
			linear += misses_linear(&s, f) != s.length;
		}
		enough += misses_opt(&s, n) != n || misses_nru(&s, n) != n;
	}
	ksft_test_result(!opt, "opt: of a cyclic scan what the formula says\n");
	ksft_test_result(!mru, "mru: of a cyclic scan the least\n");
	ksft_test_result(!lru && !linear, "lru, linear: of a cyclic scan all\n");
	ksft_test_result(!enough, "with a frame for each page, each misses once\n");
}

static void files_keep_strings(void)
{
	static struct refs_writer w;
	static uint32_t refs[50000];
	const uint32_t pages = 1 << 20;
	struct string s, back;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/sim_test.%d", getpid());
	s = random_string(refs, ARRAY_SIZE(refs), pages);
	refs[0] = pages - 1;
	refs[1] = 0;
	refs_create(&w, path, pages);
	for (size_t i = 0; i < s.length; i++)
		refs_add(&w, refs[i]);
	refs_close(&w);
	string_read(&back, path);
	unlink(path);
	ksft_test_result(back.length == s.length && back.pages == pages &&
			 !memcmp(back.refs, refs, sizeof(refs)),
			 "a string comes back from its file\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(12);
	opt_is_the_least();
	lists_are_lists();
	hands_are_hands();
	nobody_beats_opt();
	cyclic_scans();
	files_keep_strings();
	ksft_finished();
}
