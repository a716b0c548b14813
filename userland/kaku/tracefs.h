/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of the kernel's mm_policy group, through an instance of tracefs that
 * is ours alone and goes away with us.
 */
#ifndef KAKU_TRACEFS_H
#define KAKU_TRACEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <linux/types.h>

enum event_type { EVENT_FAULT, EVENT_EVICT, EVENT_PREFETCH, EVENT_EJECT };

struct event {
	enum event_type type;
	double time;		/* seconds by the kernel's monotonic clock */
	__u32 handler;
	__u64 page;		/* its name: space << 44 | address >> 12 */
	__u32 nr;		/* pages; 0: none were read ahead */
	__u32 kind;		/* of a fault, of an ejection */
	__u32 flags;		/* of a fault */
	__u32 by;		/* of an eviction: 1 the policy, 2 the clock */
	__u32 why;		/* of an eviction */
	char message[128];	/* of an ejection */
};

/* Where tracefs is, or NULL. */
const char *tracefs_dir(void);

/* Begin to record the events that pass @filter; returns a file to read from. */
int tracefs_begin(const char *filter);

/* No more events; what is in the file can still be read. */
void tracefs_stop(void);

/* Close the file and leave no trace in tracefs. Harmless if there is none. */
void tracefs_end(void);

/* A line of the file: an event of ours, or not. */
bool parse_event(const char *line, struct event *event);

/* A line of the file that says how many events were lost: that many. */
unsigned long parse_lost(const char *line);

#endif /* KAKU_TRACEFS_H */
