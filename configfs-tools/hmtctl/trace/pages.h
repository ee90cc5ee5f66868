/* SPDX-License-Identifier: GPL-2.0 */
/* Answers of HMT_QUERY made into chunks of a pass. */
#ifndef HMTCTL_PAGES_H
#define HMTCTL_PAGES_H

#include "trace/heattrace.h"

/**
 * struct page_place - tier of a memory
 * @uid: UID of the memory
 * @tier: index in &struct trace_pass.tiers, or TRACE_OUTSIDE
 */
struct page_place {
	uint32_t uid;
	int8_t tier;
};

/**
 * struct page_places - tiers of all memories
 * @count: entries in @list
 * @list: allocated array
 */
struct page_places {
	size_t count;
	struct page_place *list;
};

/*
 * Add the pages at @addr to @pass, in chunks that do not cross a multiple of
 * 2 MiB; chunks without pages are left out. Return true if a live workload
 * manages any of them.
 */
bool pages_add(struct trace_pass *pass, int pid, uint64_t addr,
	       const struct hmt_page_info *info, size_t pages,
	       const struct page_places *places);

#endif
