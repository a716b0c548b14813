/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mm_policy

#if !defined(_TRACE_MM_POLICY_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_MM_POLICY_H

#include <linux/tracepoint.h>

/* A page's name: the address space's number << 44 | address >> PAGE_SHIFT */

TRACE_EVENT(mm_policy_fault,
	TP_PROTO(u32 handler, u64 page, u32 kind, u32 flags),
	TP_ARGS(handler, page, kind, flags),
	TP_STRUCT__entry(
		__field(u32, handler)
		__field(u64, page)
		__field(u32, kind)
		__field(u32, flags)
	),
	TP_fast_assign(
		__entry->handler = handler;
		__entry->page = page;
		__entry->kind = kind;
		__entry->flags = flags;
	),
	TP_printk("handler=%u page=0x%llx kind=%u flags=0x%x", __entry->handler,
		  __entry->page, __entry->kind, __entry->flags)
);

TRACE_EVENT(mm_policy_evict,
	TP_PROTO(u32 handler, u64 page, u32 nr, u32 by, u32 why),
	TP_ARGS(handler, page, nr, by, why),
	TP_STRUCT__entry(
		__field(u32, handler)
		__field(u64, page)
		__field(u32, nr)
		__field(u32, by)
		__field(u32, why)
	),
	TP_fast_assign(
		__entry->handler = handler;
		__entry->page = page;
		__entry->nr = nr;
		__entry->by = by;
		__entry->why = why;
	),
	TP_printk("handler=%u page=0x%llx nr=%u by=%s why=%u", __entry->handler,
		  __entry->page, __entry->nr, __entry->by == 1 ? "policy" : "clock",
		  __entry->why)
);

TRACE_EVENT(mm_policy_prefetch,
	TP_PROTO(u32 handler, u64 page, u32 nr),
	TP_ARGS(handler, page, nr),
	TP_STRUCT__entry(
		__field(u32, handler)
		__field(u64, page)
		__field(u32, nr)
	),
	TP_fast_assign(
		__entry->handler = handler;
		__entry->page = page;
		__entry->nr = nr;
	),
	TP_printk("handler=%u page=0x%llx nr=%u", __entry->handler, __entry->page,
		  __entry->nr)
);

TRACE_EVENT(mm_policy_select,
	TP_PROTO(u32 handler, u32 why, u64 wanted, u64 got, u64 ns),
	TP_ARGS(handler, why, wanted, got, ns),
	TP_STRUCT__entry(
		__field(u32, handler)
		__field(u32, why)
		__field(u64, wanted)
		__field(u64, got)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->handler = handler;
		__entry->why = why;
		__entry->wanted = wanted;
		__entry->got = got;
		__entry->ns = ns;
	),
	TP_printk("handler=%u why=%u wanted=%llu got=%llu ns=%llu", __entry->handler,
		  __entry->why, __entry->wanted, __entry->got, __entry->ns)
);

TRACE_EVENT(mm_policy_attach,
	TP_PROTO(u32 handler, u32 space, int pid, bool on),
	TP_ARGS(handler, space, pid, on),
	TP_STRUCT__entry(
		__field(u32, handler)
		__field(u32, space)
		__field(int, pid)
		__field(bool, on)
	),
	TP_fast_assign(
		__entry->handler = handler;
		__entry->space = space;
		__entry->pid = pid;
		__entry->on = on;
	),
	TP_printk("handler=%u space=%u pid=%d %s", __entry->handler, __entry->space,
		  __entry->pid, __entry->on ? "attach" : "detach")
);

TRACE_EVENT(mm_policy_eject,
	TP_PROTO(u32 handler, u32 kind, const char *message),
	TP_ARGS(handler, kind, message),
	TP_STRUCT__entry(
		__field(u32, handler)
		__field(u32, kind)
		__string(message, message)
	),
	TP_fast_assign(
		__entry->handler = handler;
		__entry->kind = kind;
		__assign_str(message);
	),
	TP_printk("handler=%u kind=%u %s", __entry->handler, __entry->kind,
		  __get_str(message))
);

#endif /* _TRACE_MM_POLICY_H */

#include <trace/define_trace.h>
