// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of the shared library: 'library opts' where there is no device, 'library
 * device' where fake.so is one. test_library.py runs it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "kaku.h"

static int failed;

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "failed: %s\n", what);
	failed = 1;
}

static int create_error(const char *policy, const struct kaku_handler_opts *opts)
{
	struct kaku_handler *handler;

	errno = 0;
	handler = kaku_handler__create(policy, opts);
	kaku_handler__close(handler);
	return handler ? 0 : -errno;
}

/* As an application would have it that knows a newer library */
struct newer {
	struct kaku_handler_opts opts;
	__u64 more;
};

static void test_opts(void)
{
	struct newer newer = { .opts.sz = sizeof(newer) };
	struct kaku_handler_opts old = { .sz = offsetof(struct kaku_handler_opts, arg) };
	struct kaku_handler_opts none = {};
	char text[MM_POLICY_ARG_LEN + 1];

	KAKU_OPTS(kaku_handler_opts, opts, .limit = 4096, .arg = text);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	check(create_error("clock", NULL) == -ENODEV, "without a device: ENODEV");
	check(create_error(NULL, NULL) == -EINVAL, "no policy: EINVAL");
	check(create_error("clock", &none) == -EINVAL, "options without a size: EINVAL");
	check(create_error("clock", &old) == -ENODEV, "older options are taken");
	check(create_error("clock", &newer.opts) == -ENODEV, "newer ones are if zero");
	newer.more = 1;
	check(create_error("clock", &newer.opts) == -EINVAL, "and refused if not");
	check(create_error("a-very-long-name", NULL) == -ENAMETOOLONG, "a name too long");
	check(create_error("clock", &opts) == -EMSGSIZE, "a text too long");
	text[MM_POLICY_ARG_LEN - 1] = 0;
	check(create_error("clock", &opts) == -ENODEV, "the longest text");
}

static void test_without_device(void)
{
	struct mm_policy_entry entry;
	__u32 id, index = 0;

	check(!kaku_handler__open(1) && errno == ENODEV, "open");
	check(kaku_next_handler(0, &id) == -ENODEV, "next handler");
	check(kaku_policy__next(&index, &entry, sizeof(entry)) == -ENODEV, "next policy");
	check(kaku_policy__find("clock", &entry, sizeof(entry)) == -ENODEV, "find");
	check(kaku_policy__allow("clock", 0, 0) == -ENODEV, "allow");
	check(kaku_detach(-1, NULL) == -ENODEV, "detach");
	check(kaku_hint(1) == -ENODEV, "hint");
	check(kaku_policy__load("/nonexistent", NULL) == -ENOENT, "load of no file");
	check(kaku_policy__load("/proc/version", NULL) == -ENOEXEC, "load of no object");
	check(kaku_policy__load("/proc", NULL) == -ENOEXEC, "load of a directory");
}

/*
 * Two threads load what is no object, and wait for each other while libbpf complains:
 * the first begins, the second begins, the first ends, the second ends.
 */
enum { NOTHING, FIRST_COMPLAINS, SECOND_COMPLAINS, FIRST_ENDED };

static int stage;
static __thread bool is_second;
static unsigned int told_kaku, told_application;

static void reach(int next)
{
	__atomic_store_n(&stage, next, __ATOMIC_RELEASE);
}

static void wait_for(int wanted)
{
	for (int ms = 0; ms < 10000; ms++) {
		if (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) >= wanted)
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	check(false, "a thread that loads waits for another that does");
}

static void complain_in_turn(const char *format, va_list args)
{
	(void)format;
	(void)args;
	__atomic_fetch_add(&told_kaku, 1, __ATOMIC_RELAXED);
	reach(is_second ? SECOND_COMPLAINS : FIRST_COMPLAINS);
	wait_for(is_second ? FIRST_ENDED : SECOND_COMPLAINS);
}

static int count_complaint(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)format;
	(void)args;
	told_application += level == LIBBPF_WARN;
	return 0;
}

static void *load_first(void *unused)
{
	(void)unused;
	kaku_policy__load("/proc/version", NULL);
	reach(FIRST_ENDED);
	return NULL;
}

static void *load_second(void *unused)
{
	(void)unused;
	wait_for(FIRST_COMPLAINS);
	is_second = true;
	kaku_policy__load("/proc/version", NULL);
	return NULL;
}

static void test_loading_at_once(void)
{
	libbpf_print_fn_t before = libbpf_set_print(count_complaint);
	pthread_t first, second;

	kaku_set_print(complain_in_turn);
	check(!pthread_create(&first, NULL, load_first, NULL) &&
	      !pthread_create(&second, NULL, load_second, NULL), "threads");
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	check(kaku_set_print(NULL) == complain_in_turn, "the function before");
	check(told_kaku == 2 && !told_application, "who is told while loading");

	bpf_object__open_file("/proc/version", NULL);
	check(told_application == 1, "libbpf tells the application again afterwards");
	check(libbpf_set_print(before) == count_complaint, "as the application had it");
}

static void test_handler(void)
{
	const __u64 args[MM_POLICY_NR_ARGS] = { 1, 2, 3, [7] = 8 };
	const __u64 limit = 8192;
	struct kaku_handler *handler, *again;
	struct mm_policy_info info;
	__u32 id = 0;
	__u64 got;

	KAKU_OPTS(kaku_handler_opts, opts, .limit = 4096, .args = args, .arg = "text");
	KAKU_OPTS(kaku_set_opts, set, .limit = &limit);
	KAKU_OPTS(kaku_set_opts, too_long, .policy = "a-very-long-name", .limit = &limit);
	KAKU_OPTS(kaku_attach_opts, range, .tag = 5, .start = 0x1000, .length = 0x1000);

	handler = kaku_handler__create("nru", &opts);
	check(handler, "create");
	if (!handler)
		return;
	check(kaku_handler__fd(handler) >= 0, "a file");
	check(!kaku_handler__info(handler, &info, sizeof(info)), "info");
	check(info.id == kaku_handler__id(handler) && info.limit == 4096 &&
	      !strcmp(info.policy, "nru") && !strcmp(info.arg, "text") &&
	      !memcmp(info.args, args, sizeof(args)), "what was asked for");
	memset(&info, 0xff, sizeof(info));
	check(!kaku_handler__info(handler, &info, offsetof(struct mm_policy_info, held)) &&
	      info.held == ~0ULL, "info of an older application");
	check(kaku_handler__info(handler, &info, 2) == -EINVAL, "info of no size");
	check(!kaku_handler__set(handler, &set), "set");
	check(kaku_handler__set(handler, &too_long) == -ENAMETOOLONG, "set a long name");
	check(kaku_handler__set(handler, NULL) == -EINVAL, "set nothing");
	check(!kaku_handler__attach(handler, -1, &range), "attach a range");
	check(!kaku_handler__attach(handler, -1, NULL), "attach all");
	check(!kaku_detach(-1, NULL), "detach");
	check(!kaku_handler__reclaim(handler, 4096, &got) && got == 4096, "reclaim");
	check(!kaku_handler__reclaim(handler, 4096, NULL), "reclaim, without asking");
	check(!kaku_next_handler(0, &id) && id == 1, "the first handler");
	again = kaku_handler__open(id);
	check(again && !kaku_handler__info(again, &info, sizeof(info)) &&
	      info.limit == 8192, "opened again");
	kaku_handler__close(again);
	kaku_handler__close(handler);
	check(!kaku_hint(7) && !kaku_hint(8), "hints");
}

static void test_policies(void)
{
	struct mm_policy_entry entry;
	__u32 index = 0, nr = 0;

	while (!kaku_policy__next(&index, &entry, sizeof(entry)))
		nr++;
	check(nr == 3 && index == 3, "three policies");
	check(!kaku_policy__find("nru", &entry, sizeof(entry)) &&
	      entry.ops & MM_POLICY_OP_SELECT, "find");
	check(kaku_policy__find("lru", &entry, sizeof(entry)) == -ENOENT, "find none");
	check(!kaku_policy__allow("nru", MM_POLICY_ENTRY_OPEN, 0), "allow");
	check(kaku_policy__allow("lru", 0, 0) == -ENOENT, "allow none");
}

static void test_names(void)
{
	for (unsigned int i = 0; i < MM_POLICY_NR_STATS; i++)
		check(kaku_stat_str(i), "each counter has a name");
	check(!kaku_stat_str(MM_POLICY_NR_STATS), "what is none has none");
	check(!strcmp(kaku_exit_kind_str(MM_POLICY_EXIT_TIMEOUT), "timeout"), "timeout");
	check(!kaku_exit_kind_str(99), "an unknown kind");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "opts")) {
		test_opts();
		test_without_device();
		test_loading_at_once();
		test_names();
	} else {
		test_policies();
		test_handler();
	}
	return failed;
}
