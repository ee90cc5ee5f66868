// SPDX-License-Identifier: GPL-2.0
/* Tiers in which ranges of an address space belong, or do not. */
#include <linux/errno.h>
#include <linux/hmt_internal.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "page.h"
#include "preference.h"

/* Return the entry for a tier and a share, or an unused one, or NULL. */
static struct hmt_preference *
hmt_preferences_entry(struct hmt_preferences *preferences, const char *tier,
		      u16 share)
{
	struct hmt_preference *unused = NULL;
	unsigned int i;

	for (i = 0; i < HMT_PREFERENCES; i++) {
		struct hmt_preference *entry = &preferences->list[i];

		if (!entry->set.nr)
			unused = entry;
		else if (entry->share == share && !strcmp(entry->tier, tier))
			return entry;
	}
	if (unused) {
		strscpy(unused->tier, tier, sizeof(unused->tier));
		unused->share = share;
	}
	return unused;
}

static int hmt_preferences_remove(struct hmt_preferences *preferences,
				  const char *tier,
				  const struct hmt_preference *but,
				  unsigned long start, unsigned long end)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < HMT_PREFERENCES && !ret; i++) {
		struct hmt_preference *entry = &preferences->list[i];

		if (entry == but || (*tier && strcmp(entry->tier, tier)))
			continue;
		ret = hmt_rangeset_remove(&entry->set, start, end,
					  HMT_ADVISED_MAX);
	}
	return ret;
}

/*
 * Make @share of [@start, @end) belong in @tier; replaces earlier advice about
 * that tier. -ENOSPC: too many ranges or shares; -ENOMEM. After an error the
 * range may have both, and the larger share counts.
 */
int hmt_preferences_set(struct hmt_preferences *preferences, const char *tier,
			u16 share, unsigned long start, unsigned long end)
{
	struct hmt_preference *entry = hmt_preferences_entry(preferences, tier,
							     share);
	int ret;

	if (!entry)
		return -ENOSPC;
	ret = hmt_rangeset_add(&entry->set, start, end, HMT_ADVISED_MAX);
	return ret ?: hmt_preferences_remove(preferences, tier, entry, start,
					     end);
}

/* Drop the advice about @tier, or about all tiers if that is empty. */
int hmt_preferences_drop(struct hmt_preferences *preferences, const char *tier,
			 unsigned long start, unsigned long end)
{
	return hmt_preferences_remove(preferences, tier, NULL, start, end);
}

static void hmt_preference_note(const struct hmt_preference *entry,
				unsigned int tier,
				struct hmt_policy_advice *advice)
{
	if (entry->share == HMT_SHARE_AVOID)
		advice->avoid |= BIT(tier);
	else
		advice->share[tier] = max(advice->share[tier], entry->share);
}

/*
 * Fill @advice for the pages of [@addr, @end), which is in one chunk, by their
 * index in it. Return false, and fill nothing, if there is no advice for any.
 */
bool hmt_preferences_look(const struct hmt_preferences *preferences,
			  const struct hmt_graph *graph, unsigned long addr,
			  unsigned long end, struct hmt_policy_advice *advice)
{
	unsigned int first = hmt_chunk_index(addr), i;
	bool any = false;

	for (i = 0; i < HMT_PREFERENCES; i++) {
		const struct hmt_preference *entry = &preferences->list[i];
		unsigned long from = addr, to = end;
		int tier = entry->set.nr ? hmt_graph_find(graph, entry->tier) :
					   -ENOENT;

		while (tier >= 0 && hmt_rangeset_first(&entry->set, &from,
						       &to)) {
			if (!any)
				memset(&advice[first], 0, sizeof(*advice) *
				       ((end - addr) >> PAGE_SHIFT));
			any = true;
			for (; from < to; from += PAGE_SIZE)
				hmt_preference_note(entry, tier,
						    &advice[hmt_chunk_index(from)]);
			to = end;
		}
	}
	return any;
}

/* Check for advice about a part of [@start, @end). */
bool hmt_preferences_have(const struct hmt_preferences *preferences,
			  unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < HMT_PREFERENCES; i++) {
		unsigned long from = start, to = end;

		if (hmt_rangeset_first(&preferences->list[i].set, &from, &to))
			return true;
	}
	return false;
}

void hmt_preferences_destroy(struct hmt_preferences *preferences)
{
	unsigned int i;

	for (i = 0; i < HMT_PREFERENCES; i++)
		hmt_rangeset_destroy(&preferences->list[i].set);
}
