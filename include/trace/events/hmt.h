/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hmt

#if !defined(_TRACE_HMT_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_HMT_H

#include <linux/tracepoint.h>

/* A graph was published, or taken away (no tiers). */
TRACE_EVENT(hmt_commit,
	TP_PROTO(u64 generation, unsigned int tiers),
	TP_ARGS(generation, tiers),
	TP_STRUCT__entry(
		__field(u64, generation)
		__field(unsigned int, tiers)
	),
	TP_fast_assign(
		__entry->generation = generation;
		__entry->tiers = tiers;
	),
	TP_printk("generation=%llu tiers=%u", __entry->generation,
		  __entry->tiers)
);

/* Every provider was asked about one address space. */
TRACE_EVENT(hmt_scan,
	TP_PROTO(const char *workload, int pid, u64 ns),
	TP_ARGS(workload, pid, ns),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__field(int, pid)
		__field(u64, ns)
	),
	TP_fast_assign(
		strscpy(__entry->workload, workload, 32);
		__entry->pid = pid;
		__entry->ns = ns;
	),
	TP_printk("workload=%s pid=%d ns=%llu", __entry->workload,
		  __entry->pid, __entry->ns)
);

/* What policy decided for one tier. */
TRACE_EVENT(hmt_plan,
	TP_PROTO(const char *workload, const char *tier,
		 unsigned int promote_min, u64 promote_quota,
		 unsigned int demote_max, u64 demote_quota),
	TP_ARGS(workload, tier, promote_min, promote_quota, demote_max,
		demote_quota),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__array(char, tier, 32)
		__field(unsigned int, promote_min)
		__field(u64, promote_quota)
		__field(unsigned int, demote_max)
		__field(u64, demote_quota)
	),
	TP_fast_assign(
		strscpy(__entry->workload, workload, 32);
		strscpy(__entry->tier, tier, 32);
		__entry->promote_min = promote_min;
		__entry->promote_quota = promote_quota;
		__entry->demote_max = demote_max;
		__entry->demote_quota = demote_quota;
	),
	TP_printk("workload=%s tier=%s promote_min=%u promote_quota=%llu demote_max=%u demote_quota=%llu",
		  __entry->workload, __entry->tier, __entry->promote_min,
		  __entry->promote_quota, __entry->demote_max,
		  __entry->demote_quota)
);

/* A batch was carried out. */
TRACE_EVENT(hmt_batch,
	TP_PROTO(const char *mover, u32 from, u32 to, unsigned int pages,
		 unsigned int moved, u64 ns),
	TP_ARGS(mover, from, to, pages, moved, ns),
	TP_STRUCT__entry(
		__array(char, mover, 16)
		__field(u32, from)
		__field(u32, to)
		__field(unsigned int, pages)
		__field(unsigned int, moved)
		__field(u64, ns)
	),
	TP_fast_assign(
		strscpy(__entry->mover, mover, 16);
		__entry->from = from;
		__entry->to = to;
		__entry->pages = pages;
		__entry->moved = moved;
		__entry->ns = ns;
	),
	TP_printk("mover=%s from=%u to=%u pages=%u moved=%u ns=%llu",
		  __entry->mover, __entry->from, __entry->to, __entry->pages,
		  __entry->moved, __entry->ns)
);

/* Pages of a batch that did not move; result is enum hmt_move_result. */
TRACE_EVENT(hmt_failure,
	TP_PROTO(u32 from, u32 to, unsigned int result, unsigned int pages),
	TP_ARGS(from, to, result, pages),
	TP_STRUCT__entry(
		__field(u32, from)
		__field(u32, to)
		__field(unsigned int, result)
		__field(unsigned int, pages)
	),
	TP_fast_assign(
		__entry->from = from;
		__entry->to = to;
		__entry->result = result;
		__entry->pages = pages;
	),
	TP_printk("from=%u to=%u result=%s pages=%u", __entry->from,
		  __entry->to,
		  __print_symbolic(__entry->result,
				   { 1, "pinned" }, { 2, "busy" },
				   { 3, "nomem" }, { 4, "raced" },
				   { 5, "policy" }),
		  __entry->pages)
);

#endif /* _TRACE_HMT_H */

#include <trace/define_trace.h>
