// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proposes the pages of two tasks that are not its handler's, of which it knows where they
 * are (args[0] and args[1]: the first page; args[2]: how many), under every name that they
 * may have: each handler counts its address spaces from one.
 */
#include "hostile.bpf.h"

#define SPACES	8

struct {
	__u64 tried;		/* the first two words: survived.c reads them */
	__u64 accepted;
	__u64 next;
} names;

/* The next one. Both tasks' pages by turns, and all of them in one space after the other */
static __always_inline __u64 next_name(__u64 first, __u64 second, __u64 pages)
{
	__u64 n = names.next / 2, index = n % pages;

	index += names.next % 2 ? second : first;
	return name_of(1 + n / pages % SPACES, index);
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 first = h->args[0], second = h->args[1], pages = h->args[2];

	if (!s->fault)
		return 0;
	repeat(1024) {
		__u64 page = next_name(first, second, pages);
		int error = 0;

		/* There it would be a page of its own */
		if (space_of(page) != space_of(s->fault)) {
			error = mm_policy_evict(s, page);
			if (error == -EDQUOT)
				break;
			names.tried++;
			names.accepted += !error;
		}
		names.next++;
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "others-pages",
};
