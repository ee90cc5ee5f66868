/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hmt

#if !defined(_TRACE_HMT_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_HMT_H

#include <linux/tracepoint.h>
#include <linux/hmt_internal.h>

struct hmt_policy_in;
struct hmt_provider_spec;
struct hmt_session;
struct hmt_mm;

/* A graph was published, or removed (no tiers). */
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

/* All providers were queried for one mm. */
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

/* Verdict of the policy for one tier. */
TRACE_EVENT(hmt_plan,
	TP_PROTO(const char *workload, const char *tier,
		 unsigned int promote_min, u64 promote_quota,
		 unsigned int demote_min, unsigned int demote_max,
		 u64 demote_quota),
	TP_ARGS(workload, tier, promote_min, promote_quota, demote_min,
		demote_max, demote_quota),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__array(char, tier, 32)
		__field(unsigned int, promote_min)
		__field(u64, promote_quota)
		__field(unsigned int, demote_min)
		__field(unsigned int, demote_max)
		__field(u64, demote_quota)
	),
	TP_fast_assign(
		strscpy(__entry->workload, workload, 32);
		strscpy(__entry->tier, tier, 32);
		__entry->promote_min = promote_min;
		__entry->promote_quota = promote_quota;
		__entry->demote_min = demote_min;
		__entry->demote_max = demote_max;
		__entry->demote_quota = demote_quota;
	),
	TP_printk("workload=%s tier=%s promote_min=%u promote_quota=%llu demote_min=%u demote_max=%u demote_quota=%llu",
		  __entry->workload, __entry->tier, __entry->promote_min,
		  __entry->promote_quota, __entry->demote_min,
		  __entry->demote_max, __entry->demote_quota)
);

/*
 * Census of one chunk, or of the part of it that one mapping covers: heat of
 * each page (two hexadecimal digits; empty if all pages are cold), its place,
 * see hmt_census_place(), and whether it is clean, see &hmt_chunk.clean: one
 * bit per page, the last page first. __get_bitmask() would share the buffer of
 * __print_hex_str(), and the order of arguments is not defined.
 */
TRACE_EVENT(hmt_heat,
	TP_PROTO(const char *workload, int pid, unsigned long addr,
		 unsigned int pages, const u8 *heat, const char *place,
		 const unsigned long *clean),
	TP_ARGS(workload, pid, addr, pages, heat, place, clean),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__field(int, pid)
		__field(unsigned long, addr)
		__field(unsigned int, pages)
		__dynamic_array(u8, heat, heat ? pages : 0)
		__dynamic_array(char, place, pages)
		__bitmask(clean, pages)
	),
	TP_fast_assign(
		strscpy(__entry->workload, workload, 32);
		__entry->pid = pid;
		__entry->addr = addr;
		__entry->pages = pages;
		if (heat)
			memcpy(__get_dynamic_array(heat), heat, pages);
		memcpy(__get_dynamic_array(place), place, pages);
		__assign_bitmask(clean, clean, pages);
	),
	TP_printk("workload=%s pid=%d addr=0x%lx heat=%s place=%.*s clean=%*pb",
		  __entry->workload, __entry->pid, __entry->addr,
		  __print_hex_str(__get_dynamic_array(heat),
				  __get_dynamic_array_len(heat)),
		  __entry->pages, (char *)__get_dynamic_array(place),
		  ALIGN(__entry->pages, BITS_PER_LONG),
		  __get_dynamic_array(clean))
);

/*
 * Input of the policy for one tier, after the census: numbers of pages, budgets
 * of the pass in pages, number of samples of the pass, and the demotion targets
 * with their weights (two hexadecimal digits each).
 */
TRACE_EVENT(hmt_tier,
	TP_PROTO(const char *workload, const char *tier, unsigned int index,
		 const struct hmt_policy_in *in, unsigned int samples),
	TP_ARGS(workload, tier, index, in, samples),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__array(char, tier, 32)
		__field(unsigned int, index)
		__field(unsigned int, tiers)
		__field(u64, capacity)
		__field(s64, free)
		__field(u64, low)
		__field(u64, high)
		__field(u64, limit)
		__field(u64, demand)
		__field(u64, protect)
		__field(u64, owed)
		__field(u64, claim)
		__field(u64, heat_limit)
		__field(u64, promote)
		__field(u64, demote)
		__field(unsigned int, samples)
		__field(unsigned int, intervals)
		__field(unsigned int, margin)
		__dynamic_array(u8, targets, in->tiers[index].nr_targets)
		__dynamic_array(u8, weights, in->tiers[index].nr_targets)
	),
	TP_fast_assign(
		strscpy(__entry->workload, workload, 32);
		strscpy(__entry->tier, tier, 32);
		__entry->index = index;
		__entry->tiers = in->nr_tiers;
		__entry->capacity = in->tiers[index].capacity;
		__entry->free = in->tiers[index].free;
		__entry->low = in->tiers[index].low;
		__entry->high = in->tiers[index].high;
		__entry->limit = in->tiers[index].limit;
		__entry->demand = in->tiers[index].demand;
		__entry->protect = in->tiers[index].protect;
		__entry->owed = in->tiers[index].owed;
		__entry->claim = in->tiers[index].claim;
		__entry->heat_limit = in->tiers[index].heat_limit;
		__entry->promote = in->promote_budget;
		__entry->demote = in->demote_budget;
		__entry->samples = samples;
		__entry->intervals = in->intervals;
		__entry->margin = in->margin;
		memcpy(__get_dynamic_array(targets), in->tiers[index].targets,
		       in->tiers[index].nr_targets);
		memcpy(__get_dynamic_array(weights), in->tiers[index].weights,
		       in->tiers[index].nr_targets);
	),
	TP_printk("workload=%s tier=%s index=%u tiers=%u capacity=%llu free=%lld low=%llu high=%llu limit=%llu demand=%llu protect=%llu owed=%llu claim=%llu heat_limit=%llu promote=%llu demote=%llu samples=%u intervals=%u margin=%u weights=%s targets=%s",
		  __entry->workload, __entry->tier, __entry->index,
		  __entry->tiers, __entry->capacity, __entry->free,
		  __entry->low, __entry->high, __entry->limit,
		  __entry->demand, __entry->protect, __entry->owed,
		  __entry->claim, __entry->heat_limit,
		  __entry->promote, __entry->demote,
		  __entry->samples, __entry->intervals, __entry->margin,
		  __print_hex_str(__get_dynamic_array(weights),
				  __get_dynamic_array_len(weights)),
		  __print_hex_str(__get_dynamic_array(targets),
				  __get_dynamic_array_len(targets)))
);

/*
 * Hits that a provider reported for a chunk in a sample: one bit per page, the
 * last page first. @sample is the number of samples that the workload had
 * completed before, without those of surveys, which change no heat; it takes
 * 1/@decay of the heat.
 */
TRACE_EVENT(hmt_hits,
	TP_PROTO(const struct hmt_session *session,
		 const struct hmt_mm *managed, unsigned long addr,
		 const unsigned long *accessed),
	TP_ARGS(session, managed, addr, accessed),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__array(char, provider, 32)
		__field(int, pid)
		__field(unsigned long, addr)
		__field(u64, sample)
		__field(unsigned int, decay)
		__bitmask(pages, HMT_CHUNK_PAGES)
	),
	TP_fast_assign(
		strscpy(__entry->workload, hmt_workload_of(managed)->name, 32);
		strscpy(__entry->provider, session->name, 32);
		__entry->pid = pid_nr(managed->pid);
		__entry->addr = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
		__entry->sample = hmt_workload_of(managed)->sampled;
		__entry->decay = 1U << managed->shift;
		__assign_bitmask(pages, accessed, HMT_CHUNK_PAGES);
	),
	TP_printk("workload=%s provider=%s pid=%d addr=0x%lx sample=%llu decay=%u pages=%s",
		  __entry->workload, __entry->provider, __entry->pid,
		  __entry->addr, __entry->sample, __entry->decay,
		  __get_bitmask(pages))
);

/*
 * Scores that a provider pushed for the pages of a chunk in a sample (two
 * hexadecimal digits each, 40 is a hit).
 */
TRACE_EVENT(hmt_scores,
	TP_PROTO(const struct hmt_session *session,
		 const struct hmt_mm *managed, unsigned long addr,
		 const u8 *scores),
	TP_ARGS(session, managed, addr, scores),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__array(char, provider, 32)
		__field(int, pid)
		__field(unsigned long, addr)
		__field(u64, sample)
		__field(unsigned int, decay)
		__array(u8, scores, HMT_CHUNK_PAGES)
	),
	TP_fast_assign(
		strscpy(__entry->workload, hmt_workload_of(managed)->name, 32);
		strscpy(__entry->provider, session->name, 32);
		__entry->pid = pid_nr(managed->pid);
		__entry->addr = addr;
		__entry->sample = hmt_workload_of(managed)->sampled;
		__entry->decay = 1U << managed->shift;
		memcpy(__entry->scores, scores, HMT_CHUNK_PAGES);
	),
	TP_printk("workload=%s provider=%s pid=%d addr=0x%lx sample=%llu decay=%u scores=%s",
		  __entry->workload, __entry->provider, __entry->pid,
		  __entry->addr, __entry->sample, __entry->decay,
		  __print_hex_str(__entry->scores, HMT_CHUNK_PAGES))
);

/*
 * Provider of a workload, at the end of each pass, with the weight of its
 * evidence in all samples before @sample.
 */
TRACE_EVENT(hmt_provider,
	TP_PROTO(const char *workload, const struct hmt_provider_spec *spec,
		 u64 sample),
	TP_ARGS(workload, spec, sample),
	TP_STRUCT__entry(
		__array(char, workload, 32)
		__array(char, provider, 32)
		__field(unsigned int, weight)
		__field(u64, sample)
	),
	TP_fast_assign(
		strscpy(__entry->workload, workload, 32);
		strscpy(__entry->provider, spec->name, 32);
		__entry->weight = spec->weight;
		__entry->sample = sample;
	),
	TP_printk("workload=%s provider=%s weight=%u sample=%llu",
		  __entry->workload, __entry->provider, __entry->weight,
		  __entry->sample)
);

/* A batch was executed; enum hmt_move_reason is the reason for its mover. */
TRACE_EVENT(hmt_batch,
	TP_PROTO(const char *mover, u32 from, u32 to, unsigned int pages,
		 unsigned int moved, u64 ns, unsigned int reason),
	TP_ARGS(mover, from, to, pages, moved, ns, reason),
	TP_STRUCT__entry(
		__array(char, mover, 16)
		__field(u32, from)
		__field(u32, to)
		__field(unsigned int, pages)
		__field(unsigned int, moved)
		__field(u64, ns)
		__field(unsigned int, reason)
	),
	TP_fast_assign(
		strscpy(__entry->mover, mover, 16);
		__entry->from = from;
		__entry->to = to;
		__entry->pages = pages;
		__entry->moved = moved;
		__entry->ns = ns;
		__entry->reason = reason;
	),
	TP_printk("mover=%s from=%u to=%u pages=%u moved=%u ns=%llu reason=%s",
		  __entry->mover, __entry->from, __entry->to, __entry->pages,
		  __entry->moved, __entry->ns,
		  __print_symbolic(__entry->reason,
				   { 0, "anon" }, { 1, "device" },
				   { 2, "running" }, { 3, "own" },
				   { 4, "split" }, { 5, "huge" },
				   { 6, "file" }, { 7, "mergeable" },
				   { 8, "busy" }, { 9, "shared" },
				   { 10, "whole" }))
);

TRACE_DEFINE_ENUM(HMT_RESULT_PINNED);
TRACE_DEFINE_ENUM(HMT_RESULT_BUSY);
TRACE_DEFINE_ENUM(HMT_RESULT_NOMEM);
TRACE_DEFINE_ENUM(HMT_RESULT_RACED);
TRACE_DEFINE_ENUM(HMT_RESULT_POLICY);

/*
 * Pages of a batch that did not move, by result. hmt_result_name() of libhmt
 * returns the same words.
 */
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
				   { HMT_RESULT_PINNED, "pinned" },
				   { HMT_RESULT_BUSY, "busy" },
				   { HMT_RESULT_NOMEM, "nomem" },
				   { HMT_RESULT_RACED, "raced" },
				   { HMT_RESULT_POLICY, "policy" }),
		  __entry->pages)
);

#endif /* _TRACE_HMT_H */

#include <trace/define_trace.h>
