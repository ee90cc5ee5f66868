// SPDX-License-Identifier: GPL-2.0
#include "trace/pages.h"

static int8_t place_of(const struct page_places *places, uint32_t uid)
{
	size_t i;

	for (i = 0; i < places->count; i++)
		if (places->list[i].uid == uid)
			return places->list[i].tier;
	return TRACE_OUTSIDE;
}

/* Describe one page; return true if a live workload manages it. */
static bool add_page(struct trace_chunk *chunk,
		     const struct hmt_page_info *info,
		     const struct page_places *places)
{
	unsigned int i = chunk->pages++;

	chunk->tier[i] = TRACE_HOLE;
	if (info->state == HMT_STATE_ABSENT)
		return false;
	chunk->tier[i] = place_of(places, info->uid);
	chunk->heat[i] = info->heat;
	chunk->movable[i] = info->state == HMT_STATE_MOVABLE;
	chunk->clean[i] = info->flags & HMT_INFO_CLEAN ? 1 : 0;
	return info->why != HMT_WHY_NONE && info->why != HMT_WHY_UNMANAGED;
}

bool pages_add(struct trace_pass *pass, int pid, uint64_t addr,
	       const struct hmt_page_info *info, size_t pages,
	       const struct page_places *places)
{
	struct trace_chunk chunk;
	bool managed = false;
	size_t i = 0;

	while (i < pages) {
		chunk = (struct trace_chunk) {
			.pid = pid,
			.addr = addr + i * TRACE_PAGE,
			.clean_known = true,
		};
		do {
			managed |= add_page(&chunk, &info[i++], places);
		} while (i < pages && trace_page_of(addr + i * TRACE_PAGE));
		if (trace_chunk_heat(&chunk).pages)
			trace_pass_add(pass, &chunk);
	}
	return managed;
}
