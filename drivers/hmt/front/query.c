// SPDX-License-Identifier: GPL-2.0
/*
 * Place and heat of the pages of a range, and the reason for the place. Works
 * by chunk, so that a range of any size needs the memory of one chunk.
 */
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "hmt.h"
#include "policy/policy.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "workload/workload.h"
#include "query.h"

/**
 * struct hmt_query_reply - reply for one chunk
 * @graph: live graph, or NULL
 * @states: classes of the pages
 * @first: page number of the chunk's first page in the address space
 * @bound: pages that a memory policy of their mapping places
 * @advised: whether at least one entry of @advice is set
 * @advice: advice for each page
 * @sessions: sessions of the workload that manages the process, or NULL
 * @mapped: mappings of each page in that workload, where pages have several
 * @snapshot: state of the workload that manages the process
 * @info: result for user space
 */
struct hmt_query_reply {
	const struct hmt_graph *graph;
	struct hmt_chunk states;
	unsigned long first;
	bool advised;
	DECLARE_BITMAP(bound, HMT_CHUNK_PAGES);
	struct hmt_policy_advice advice[HMT_CHUNK_PAGES];
	const struct hmt_sessions *sessions;
	u16 mapped[HMT_CHUNK_PAGES];
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
	[HMT_PAGE_HUGETLB] = HMT_STATE_HUGETLB,
	[HMT_PAGE_EXCLUDED] = HMT_STATE_EXCLUDED,
};

static void hmt_query_scan(struct vm_area_struct *vma, unsigned long addr,
			   unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_query_reply *reply = arg;

	hmt_classify(&reply->states, vma, addr, end, pmd);
}

static void hmt_query_scan_hugetlb(struct vm_area_struct *vma,
				   unsigned long addr, unsigned long end,
				   struct page *page, void *arg)
{
	struct hmt_query_reply *reply = arg;

	hmt_classify_hugetlb(&reply->states, vma, addr, end, page);
}

static bool hmt_query_is_fellow(struct vm_area_struct *vma, unsigned long addr,
				unsigned long end, void *arg)
{
	const struct hmt_query_reply *reply = arg;

	return hmt_mm_sessions(vma->vm_mm) == reply->sessions &&
	       !hmt_is_excluded(vma->vm_mm, addr, end);
}

static bool hmt_query_has_several(const struct hmt_chunk *states,
				  unsigned int index, unsigned int pages)
{
	for (; pages--; index++)
		if (hmt_chunk_is_several(states, index))
			return true;
	return false;
}

/*
 * Classify pages of which processes outside the workload have mappings, or
 * processes that exclude them, as shared.
 */
static void hmt_query_find_shared(struct hmt_query_reply *reply,
				  struct vm_area_struct *vma,
				  unsigned long addr, unsigned long end)
{
	static const struct hmt_walk_ops ops = { .scan = hmt_query_scan };
	unsigned int index = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;
	struct hmt_chunk *states = &reply->states;

	if (!reply->sessions || !hmt_query_has_several(states, index, pages))
		return;
	hmt_mappers_count(reply->mapped + index, vma, addr, end,
			  hmt_query_is_fellow, reply);
	states->mapped = reply->mapped;
	hmt_walk_vma(vma, addr, end, &ops, reply);
	states->mapped = NULL;
	hmt_chunk_mark_foreign(states, index, pages);
}

/*
 * Look for other mappings, and get advice and policy, for the walked part of the
 * chunk only; other pages have none.
 */
static int hmt_query_finish_part(struct vm_area_struct *vma, unsigned long addr,
				 unsigned long end, void *arg)
{
	struct hmt_query_reply *reply = arg;

	if (hmt_mempolicy_is_strict(vma_policy(vma)))
		bitmap_set(reply->bound, hmt_chunk_index(addr),
			   (end - addr) >> PAGE_SHIFT);
	hmt_query_find_shared(reply, vma, addr, end);
	if (reply->graph)
		reply->advised |= hmt_advice_look(vma->vm_mm, reply->graph,
						  addr, end, reply->advice);
	return 0;
}

static const struct hmt_walk_ops hmt_query_walk = {
	.scan = hmt_query_scan,
	.done = hmt_query_finish_part,
};

static enum hmt_why hmt_query_judge(const struct hmt_query_reply *reply,
				    unsigned int index, u32 uid, u8 class,
				    u8 heat)
{
	int tier = reply->graph ? hmt_graph_tier_of(reply->graph, uid) :
				   -ENOENT;
	enum hmt_why why;

	if (!reply->snapshot.managed)
		return HMT_WHY_UNMANAGED;
	if (tier < 0)
		return HMT_WHY_OUTSIDE;
	if (class != HMT_PAGE_MOVABLE)
		return HMT_WHY_STUCK;
	if (!reply->snapshot.known)
		return HMT_WHY_NEW;
	if (reply->advised &&
	    hmt_policy_is_advised(&reply->advice[index], reply->first + index))
		return HMT_WHY_ADVISED;
	why = hmt_snapshot_judge(&reply->snapshot, reply->graph->generation,
				 tier, uid, heat);
	return why == HMT_WHY_HOME && test_bit(index, reply->bound) ?
		       HMT_WHY_KEPT :
		       why;
}

static void hmt_query_page(struct hmt_query_reply *reply, unsigned int index)
{
	u8 class = reply->states.class[index],
	   heat = reply->snapshot.heat[index];
	struct hmt_page_info *info = &reply->info[index];

	*info = (struct hmt_page_info) {
		.uid = HMT_UID_NONE,
		.state = hmt_query_states[class],
	};
	if (class == HMT_PAGE_HOLE)
		return;
	info->uid = reply->states.uid[index];
	info->heat = heat;
	info->flags = test_bit(index, reply->states.clean) ? HMT_INFO_CLEAN :
							      0;
	info->why = hmt_query_judge(reply, index, info->uid, class, heat);
}

/* Reply for the part of the range that is in the chunk of @request->next. */
static int hmt_query_chunk(struct hmt_query_request *request,
			   struct hmt_query_reply *reply)
{
	unsigned long addr = request->next;
	unsigned long end = min(request->end,
				ALIGN_DOWN(addr, HMT_CHUNK_SIZE) +
				HMT_CHUNK_SIZE);
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT, i;
	int ret;

	memset(reply->states.class, HMT_PAGE_HOLE,
	       sizeof(reply->states.class));
	memset(reply->advice, 0, sizeof(reply->advice));
	bitmap_zero(reply->bound, HMT_CHUNK_PAGES);
	reply->advised = false;
	reply->first = ALIGN_DOWN(addr, HMT_CHUNK_SIZE) >> PAGE_SHIFT;
	ret = hmt_walk_all(request->mm, addr, end, &hmt_query_walk,
			   hmt_query_scan_hugetlb, reply);
	if (ret)
		return ret;
	hmt_snapshot_read(&reply->snapshot, request->mm, addr);
	for (i = first; i < first + pages; i++)
		hmt_query_page(reply, i);
	ret = request->put(addr, &reply->info[first], pages, request->arg);
	if (!ret)
		request->next = end;
	return ret;
}

/*
 * Reply for the range, beginning with @request->next. Return 0, -EINTR on a
 * signal, -ENOMEM, -ESRCH if the process has ended, or the error of
 * @request->put; @request->next is the first address without a reply. Context:
 * process, no lock held.
 */
int hmt_query_run(struct hmt_query_request *request)
{
	struct hmt_query_reply *reply = kvzalloc(sizeof(*reply), GFP_KERNEL);
	struct hmt_graph *graph = hmt_graph_get();
	int ret = reply ? 0 : -ENOMEM;

	if (reply) {
		reply->graph = graph;
		reply->sessions = hmt_mm_sessions(request->mm);
	}
	while (!ret && request->next < request->end) {
		cond_resched();
		if (signal_pending(current))
			ret = -EINTR;
		else
			ret = hmt_query_chunk(request, reply);
	}
	hmt_graph_put(graph);
	kvfree(reply);
	return ret;
}
