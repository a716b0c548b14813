/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc/PID/mm_policy says. */
#ifndef KAKU_PROCFS_H
#define KAKU_PROCFS_H

#include <stdbool.h>
#include <stddef.h>

#include "kaku.h"

struct managed {
	bool whole;		/* the process's default, without addresses */
	__u64 start;
	__u64 end;
	__u32 handler;
	__u32 tag;
	char policy[MM_POLICY_NAME_LEN];
};

struct process {
	int pid;
	char name[16];
	struct managed *parts;
	size_t nr;
};

/* A line of the file. */
bool parse_managed(const char *line, struct managed *managed);

/* 0 or a negative errno; to be freed. */
int read_process(int pid, struct process *process);
void free_process(struct process *process);

/* Those that are managed, as far as the caller may see them; to be freed. */
struct process *read_processes(size_t *nr);
void free_processes(struct process *processes, size_t nr);

bool answers_to(const struct process *process, __u32 handler);

#endif /* KAKU_PROCFS_H */
