// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least that struct_ops can register: a TCP congestion control that keeps a
 * window of two. struct_ops.sh loads it to show that the way by which policies
 * come in (bpftool, libbpf, the kernel's type information) is open.
 */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct sock;

/* libbpf finds the kernel's members by name; the others stay empty. */
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/window_of_two")
__u32 BPF_PROG(window_of_two, struct sock *sk)
{
	return 2;
}

/* A program serves one member only. */
SEC("struct_ops/still_two")
__u32 BPF_PROG(still_two, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/never_grow")
void BPF_PROG(never_grow, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC(".struct_ops")
struct tcp_congestion_ops kaku_two = {
	.ssthresh = (void *)window_of_two,
	.cong_avoid = (void *)never_grow,
	.undo_cwnd = (void *)still_two,
	.name = "kaku_two",
};
