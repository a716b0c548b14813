// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies that never come in: the verifier or the registration refuses each, and the
 * reason names what is wrong.
 */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <kselftest.h>

#include "hostile.h"

/* In the verifier's words: its log has the source's lines too */
#define CANNOT(helper)	"program of this type cannot use helper " helper "#"

static const struct {
	const char *name;
	const char *claim;
	const char *says;	/* what the verifier's log matches */
} not_verified[] = {
	/* What would run as long as it likes */
	{ "bpf-loop", "no loop by a helper", CANNOT("bpf_loop") },
	{ "counts-freely", "no bpf_for()",
	  "calling kernel function bpf_iter_num_new is not allowed" },
	{ "may-goto", "no may_goto", "attach to unsupported member select" },
	{ "tail-call", "no tail call", CANNOT("bpf_tail_call") },
	{ "loops-forever", "no loop without a visible end",
	  "infinite loop|too large|too many" },
	{ "walks-map", "no walk over a whole map", CANNOT("bpf_for_each_map_elem") },
	{ "walks-tasks", "no iterators of others", "bpf_iter_task_new is not allowed" },
	{ "nine-frames", "no more than eight frames",
	  "call stack of 9 frames is too deep" },
	{ "huge-stack", "no more than 512 bytes of stack", "combined stack size" },
	{ "sets-timer", "no timer", CANNOT("bpf_timer_init") },
	/* What would write where it may not */
	{ "writes-limit", "no writing its limit",
	  "whole words of mm_policy_handler.priv only" },
	{ "writes-half-word", "no writing half a word",
	  "whole words of mm_policy_handler.priv only" },
	{ "writes-search", "no writing how much is wanted",
	  "whole words of mm_policy_handler.priv only" },
	{ "writes-page", "no writing what it is shown",
	  "whole words of mm_policy_handler.priv only" },
	{ "writes-context", "no writing its arguments", "invalid bpf_context access" },
	{ "wrong-pointer", "no reading where a number points",
	  "invalid mem access 'scalar'" },
	{ "leaks-iterator", "no leaving with an open iterator",
	  "[Uu]nreleased reference" },
	{ "breaks-iterator", "no writing into an iterator",
	  "expected an initialized iter" },
	/* What would act where it may not */
	{ "evicts-in-fault", "no evicting in fault()",
	  "expected pointer to STRUCT mm_policy_select" },
	{ "evicts-in-prefetch", "no evicting in prefetch()",
	  "expected pointer to STRUCT mm_policy_select" },
	{ "forged-search", "no search of its own making",
	  "args#0 expected pointer to STRUCT mm_policy_select but R1" },
	{ "kept-search", "no search that is over",
	  "R1 type=scalar expected=" },
	{ "reads-user", "no reading of user memory", CANNOT("bpf_probe_read_user") },
	{ "sends-signal", "no signals", CANNOT("bpf_send_signal") },
	{ "throws", "no exceptions", "bpf_throw is not allowed" },
	{ "congestion", "another struct_ops may not evict",
	  "mm_policy_evict is not allowed" },
	{ "tracer", "a tracing program may not count",
	  "bpf_iter_mm_policy_times_new is not allowed" },
};

static const struct {
	const char *name;
	const char *claim;
	int err;
} not_registered[] = {
	{ "sleeps", "no sleeping", -EINVAL },
	{ "name-empty", "no empty name", -EINVAL },
	{ "name-slash", "no slash in a name", -EINVAL },
	{ "name-latin", "no letter beyond ASCII in a name", -EINVAL },
	{ "name-endless", "no name without an end", -EINVAL },
	{ "name-clock", "no other policy called clock", -EEXIST },
	{ "timeout-long", "no time limit beyond 0.1 s", -EINVAL },
	{ "batch-big", "no batch beyond 64", -EINVAL },
	{ "flags-unknown", "no unknown flags", -EINVAL },
};

static bool matches(const char *text, const char *pattern)
{
	regex_t regex;
	bool does;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
		ksft_exit_fail_msg("bad pattern %s\n", pattern);
	does = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return does;
}

/* The last lines: what the verifier's log ends with */
static void show(const char *log)
{
	const char *from = log + strlen(log);
	int lines = 12;

	while (from > log && (from[-1] != '\n' || lines--))
		from--;
	while (*from) {
		int length = strcspn(from, "\n");

		ksft_print_msg("%.*s\n", length, from);
		from += length + (from[length] == '\n');
	}
}

static struct policy policy;

static bool verifier_refuses(const char *name, const char *says)
{
	int err = policy_load(&policy, name);
	bool right = err && matches(policy.log, says);

	if (!err)
		ksft_print_msg("it was loaded\n");
	else if (!right)
		show(policy.log);
	policy_close(&policy);
	return right;
}

static bool registration_refuses(const char *name, int wanted)
{
	int err = policy_load(&policy, name);

	if (!err)
		err = policy_register(&policy);
	policy_close(&policy);
	if (err != wanted)
		ksft_print_msg("wanted %s, got %s\n", strerror(-wanted), strerror(-err));
	return err == wanted;
}

int main(void)
{
	size_t i;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(not_verified) + ARRAY_SIZE(not_registered) + 1);
	for (i = 0; i < ARRAY_SIZE(not_verified); i++)
		ksft_test_result(verifier_refuses(not_verified[i].name, not_verified[i].says),
				 "%s: %s\n", not_verified[i].name, not_verified[i].claim);
	for (i = 0; i < ARRAY_SIZE(not_registered); i++)
		ksft_test_result(registration_refuses(not_registered[i].name,
						      not_registered[i].err),
				 "%s: %s\n", not_registered[i].name,
				 not_registered[i].claim);
	ksft_test_result(!policy_is_there(NULL), "none of them is registered\n");
	ksft_finished();
}
