// SPDX-License-Identifier: GPL-2.0
/*
 * Where the pages of a range are, how warm, and why they are there. One chunk
 * at a time, so that a range of any size takes the memory of one.
 */
#include <linux/hmt.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "hmt.h"
#include "policy/policy.h"
#include "graph/graph.h"
#include "page/page.h"
#include "workload/workload.h"
#include "query.h"

/**
 * struct hmt_query_reply - the answer for one chunk
 * @graph: live graph, or NULL
 * @states: what its pages are
 * @first: number of its first page in the address space
 * @advised: @advice has something to say
 * @advice: what was said of each page
 * @snapshot: what the workload that has the process knows of it
 * @info: what is handed out
 */
struct hmt_query_reply {
	const struct hmt_graph *graph;
	struct hmt_chunk states;
	unsigned long first;
	bool advised;
	struct hmt_policy_advice advice[HMT_CHUNK_PAGES];
	struct hmt_snapshot snapshot;
	struct hmt_page_info info[HMT_CHUNK_PAGES];
};

static const u8 hmt_query_states[HMT_PAGE_CLASSES] = {
	[HMT_PAGE_HOLE] = HMT_STATE_ABSENT,
	[HMT_PAGE_MOVABLE] = HMT_STATE_MOVABLE,
	[HMT_PAGE_BUSY] = HMT_STATE_BUSY,
	[HMT_PAGE_PINNED] = HMT_STATE_PINNED,
	[HMT_PAGE_HUGE] = HMT_STATE_HUGE,
	[HMT_PAGE_FILE] = HMT_STATE_FILE,
	[HMT_PAGE_MERGEABLE] = HMT_STATE_MERGEABLE,
	[HMT_PAGE_SHARED] = HMT_STATE_SHARED,
	[HMT_PAGE_EXCLUDED] = HMT_STATE_EXCLUDED,
};

static void hmt_query_scan(struct vm_area_struct *vma, unsigned long addr,
			   unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_query_reply *answer = arg;

	hmt_classify(&answer->states, vma, addr, end, pmd);
}

/* Of the part of a chunk that was looked at: of other pages nothing is said. */
static int hmt_query_ask_advice(struct vm_area_struct *vma, unsigned long addr,
				unsigned long end, void *arg)
{
	struct hmt_query_reply *answer = arg;

	if (answer->graph)
		answer->advised |= hmt_advice_look(vma->vm_mm, answer->graph,
						   addr, end, answer->advice);
	return 0;
}

static const struct hmt_walk_ops hmt_query_walk = {
	.scan = hmt_query_scan,
	.done = hmt_query_ask_advice,
};

static enum hmt_why hmt_query_judge(const struct hmt_query_reply *answer,
				    unsigned int index, u32 uid, u8 class,
				    u8 heat)
{
	int tier = answer->graph ? hmt_graph_tier_of(answer->graph, uid) :
				   -ENOENT;

	if (!answer->snapshot.managed)
		return HMT_WHY_UNMANAGED;
	if (tier < 0)
		return HMT_WHY_OUTSIDE;
	if (class != HMT_PAGE_MOVABLE)
		return HMT_WHY_STUCK;
	if (!answer->snapshot.known)
		return HMT_WHY_NEW;
	if (answer->advised &&
	    hmt_policy_is_advised(&answer->advice[index], answer->first + index))
		return HMT_WHY_ADVISED;
	return hmt_snapshot_judge(&answer->snapshot, answer->graph->generation,
				  tier, heat);
}

static void hmt_query_page(struct hmt_query_reply *answer, unsigned int index)
{
	u8 class = answer->states.class[index],
	   heat = answer->snapshot.heat[index];
	struct hmt_page_info *info = &answer->info[index];

	*info = (struct hmt_page_info) {
		.uid = HMT_UID_NONE,
		.state = hmt_query_states[class],
	};
	if (class == HMT_PAGE_HOLE)
		return;
	info->uid = answer->states.uid[index];
	info->heat = heat;
	info->flags = test_bit(index, answer->states.clean) ? HMT_INFO_CLEAN :
							      0;
	info->why = hmt_query_judge(answer, index, info->uid, class, heat);
}

/* Answer for what of the range lies in the chunk of @inquiry->next. */
static int hmt_query_chunk(struct hmt_query_request *inquiry,
			   struct hmt_query_reply *answer)
{
	unsigned long addr = inquiry->next;
	unsigned long end = min(inquiry->end,
				ALIGN_DOWN(addr, HMT_CHUNK_SIZE) +
				HMT_CHUNK_SIZE);
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT, i;
	int ret;

	memset(answer->states.class, HMT_PAGE_HOLE,
	       sizeof(answer->states.class));
	memset(answer->advice, 0, sizeof(answer->advice));
	answer->advised = false;
	answer->first = ALIGN_DOWN(addr, HMT_CHUNK_SIZE) >> PAGE_SHIFT;
	hmt_walk(inquiry->mm, addr, end, &hmt_query_walk, answer);
	hmt_snapshot_read(&answer->snapshot, inquiry->mm, addr);
	for (i = first; i < first + pages; i++)
		hmt_query_page(answer, i);
	ret = inquiry->put(addr, &answer->info[first], pages, inquiry->arg);
	if (!ret)
		inquiry->next = end;
	return ret;
}

/*
 * Answer for the range, from @inquiry->next on. Returns 0, -EINTR when a
 * signal came, -ENOMEM or what @inquiry->put returned; @inquiry->next is where
 * it stopped. Context: process, no lock held.
 */
int hmt_query_run(struct hmt_query_request *inquiry)
{
	struct hmt_query_reply *answer = kvzalloc(sizeof(*answer), GFP_KERNEL);
	struct hmt_graph *graph = hmt_graph_get();
	int ret = answer ? 0 : -ENOMEM;

	if (answer)
		answer->graph = graph;
	while (!ret && inquiry->next < inquiry->end) {
		cond_resched();
		if (signal_pending(current))
			ret = -EINTR;
		else
			ret = hmt_query_chunk(inquiry, answer);
	}
	hmt_graph_put(graph);
	kvfree(answer);
	return ret;
}
