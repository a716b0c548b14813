/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of libbpf's header: a program is a function. */
#define BPF_PROG(name, args...)	name(args)
