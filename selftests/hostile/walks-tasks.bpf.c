// SPDX-License-Identifier: GPL-2.0-only
/* Walks over all tasks, with an iterator that is not for policies. */
#include "hostile.bpf.h"

/* libbpf wants to know that it is a structure */
struct task_struct {
	int pid;
};

struct bpf_iter_task {
	__u64 opaque[3];
};

int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
		      unsigned int flags) __ksym;
struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym;
void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym;

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct bpf_iter_task it __attribute__((aligned(8)));

	bpf_iter_task_new(&it, NULL, 0);
	while (bpf_iter_task_next(&it))
		;
	bpf_iter_task_destroy(&it);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "walks-tasks",
};
