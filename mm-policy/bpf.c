// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct mm_policy_ops as a BPF struct_ops type: how policies come in and go, and what
 * the verifier lets them read, write and call.
 *
 * A policy's running time must be bounded without anybody being able to stop it. So it
 * gets no helper and no function of the kernel that loops as often as it likes
 * (bpf_loop(), bpf_for(), tail calls, ...); its own loops are the verifier's to bound,
 * and the iterators' that count in a budget.
 */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>

#include "internal.h"

#define MAX_TIMEOUT_US	100000

static u32 ops_type_id;
static u32 handler_type_id;

bool mmp_bpf_is_policy(const struct bpf_prog *prog)
{
	return prog->type == BPF_PROG_TYPE_STRUCT_OPS &&
	       prog->aux->attach_btf_id == ops_type_id &&
	       prog->aux->attach_btf && !btf_is_module(prog->aux->attach_btf);
}

static int policy_init(struct btf *btf)
{
	s32 id = btf_find_by_name_kind(btf, "mm_policy_ops", BTF_KIND_STRUCT);

	if (id < 0)
		return id;
	ops_type_id = id;
	id = btf_find_by_name_kind(btf, "mm_policy_handler", BTF_KIND_STRUCT);
	if (id < 0)
		return id;
	handler_type_id = id;
	return 0;
}

static const struct bpf_func_proto *
policy_func_proto(enum bpf_func_id func_id, const struct bpf_prog *prog)
{
	switch (func_id) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
	case BPF_FUNC_map_peek_elem:
	case BPF_FUNC_map_lookup_percpu_elem:
	case BPF_FUNC_get_prandom_u32:
	case BPF_FUNC_get_smp_processor_id:
	case BPF_FUNC_get_numa_node_id:
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_boot_ns:
	case BPF_FUNC_jiffies64:
	case BPF_FUNC_spin_lock:
	case BPF_FUNC_spin_unlock:
	case BPF_FUNC_ringbuf_output:
	case BPF_FUNC_ringbuf_reserve:
	case BPF_FUNC_ringbuf_submit:
	case BPF_FUNC_ringbuf_discard:
	case BPF_FUNC_ringbuf_query:
	case BPF_FUNC_strncmp:
	case BPF_FUNC_kptr_xchg:
	case BPF_FUNC_per_cpu_ptr:
	case BPF_FUNC_this_cpu_ptr:
	case BPF_FUNC_trace_printk:
	case BPF_FUNC_get_current_task_btf:
		return bpf_base_func_proto(func_id, prog);
	case BPF_FUNC_task_storage_get:
		return &bpf_task_storage_get_proto;
	case BPF_FUNC_task_storage_delete:
		return &bpf_task_storage_delete_proto;
	default:
		return NULL;
	}
}

/* The only thing that a policy may write is its handler's priv[], word by word. */
static int policy_struct_access(struct bpf_verifier_log *log,
				const struct bpf_reg_state *reg, int off, int size)
{
	const int start = offsetof(struct mm_policy_handler, priv);
	const int end = start + sizeof_field(struct mm_policy_handler, priv);

	if (reg->btf_id == handler_type_id && size == sizeof(u64) && off >= start &&
	    off + size <= end && !((off - start) % sizeof(u64)))
		return 0;
	bpf_log(log, "a policy may write whole words of mm_policy_handler.priv only\n");
	return -EACCES;
}

static const struct bpf_verifier_ops policy_verifier_ops = {
	.get_func_proto = policy_func_proto,
	.is_valid_access = bpf_tracing_btf_ctx_access,
	.btf_struct_access = policy_struct_access,
};

static int policy_init_member(const struct btf_type *t, const struct btf_member *member,
			      void *kdata, const void *udata)
{
	const struct mm_policy_ops *given = udata;
	struct mm_policy_ops *ops = kdata;

	switch (__btf_member_bit_offset(t, member) / 8) {
	case offsetof(struct mm_policy_ops, flags):
		if (given->flags & ~MM_POLICY_RUNS)
			return -EINVAL;
		ops->flags = given->flags;
		return 1;
	case offsetof(struct mm_policy_ops, timeout):
		if (given->timeout > MAX_TIMEOUT_US)
			return -EINVAL;
		ops->timeout = given->timeout;
		return 1;
	case offsetof(struct mm_policy_ops, batch):
		if (given->batch > MMP_MAX_BATCH)
			return -EINVAL;
		ops->batch = given->batch;
		return 1;
	case offsetof(struct mm_policy_ops, name):
		if (strnlen(given->name, sizeof(given->name)) == sizeof(given->name))
			return -EINVAL;
		strscpy(ops->name, given->name);
		return 1;
	}
	return 0;
}

static int policy_check_member(const struct btf_type *t, const struct btf_member *member,
			       const struct bpf_prog *prog)
{
	u32 i;

	/* All of them are called where nobody may sleep */
	if (prog->sleepable)
		return -EINVAL;
	/* may_goto: a loop of millions that only the program itself ends */
	for (i = 0; i < prog->len; i++)
		if (prog->insnsi[i].code == (BPF_JMP | BPF_JCOND))
			return -EINVAL;
	return 0;
}

static u32 ops_mask(const struct mm_policy_ops *ops)
{
	return (ops->init ? MM_POLICY_OP_INIT : 0) |
	       (ops->exit ? MM_POLICY_OP_EXIT : 0) |
	       (ops->attach ? MM_POLICY_OP_ATTACH : 0) |
	       (ops->detach ? MM_POLICY_OP_DETACH : 0) |
	       (ops->fault ? MM_POLICY_OP_FAULT : 0) |
	       (ops->gone ? MM_POLICY_OP_GONE : 0) |
	       (ops->select ? MM_POLICY_OP_SELECT : 0) |
	       (ops->prefetch ? MM_POLICY_OP_PREFETCH : 0);
}

static int policy_reg(void *kdata, struct bpf_link *link)
{
	const struct mm_policy_ops *ops = kdata;

	return mmp_policy_register(ops, ops_mask(ops), 0);
}

static void policy_unreg(void *kdata, struct bpf_link *link)
{
	mmp_policy_unregister(kdata);
}

static int policy_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return mmp_policy_replace(kdata, old_kdata, ops_mask(kdata));
}

static s32 stub_init(struct mm_policy_handler *h)
{
	return 0;
}

static void stub_exit(struct mm_policy_handler *h, struct mm_policy_exit *why)
{
}

static s32 stub_attach(struct mm_policy_handler *h, struct mm_policy_space *space)
{
	return 0;
}

static void stub_detach(struct mm_policy_handler *h, struct mm_policy_space *space)
{
}

static void stub_fault(struct mm_policy_handler *h, struct mm_policy_fault *f)
{
}

static void stub_gone(struct mm_policy_handler *h, struct mm_policy_gone *g)
{
}

static s32 stub_select(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return 0;
}

static s32 stub_prefetch(struct mm_policy_handler *h, struct mm_policy_fault *f,
			 struct mm_policy_ahead *a)
{
	return 0;
}

static struct mm_policy_ops policy_stubs = {
	.init = stub_init,
	.exit = stub_exit,
	.attach = stub_attach,
	.detach = stub_detach,
	.fault = stub_fault,
	.gone = stub_gone,
	.select = stub_select,
	.prefetch = stub_prefetch,
};

static struct bpf_struct_ops policy_struct_ops = {
	.verifier_ops = &policy_verifier_ops,
	.init = policy_init,
	.check_member = policy_check_member,
	.init_member = policy_init_member,
	.reg = policy_reg,
	.unreg = policy_unreg,
	.update = policy_update,
	.name = "mm_policy_ops",
	.cfi_stubs = &policy_stubs,
	.owner = THIS_MODULE,
};

int __init mmp_bpf_init(void)
{
	return register_bpf_struct_ops(&policy_struct_ops, mm_policy_ops);
}
