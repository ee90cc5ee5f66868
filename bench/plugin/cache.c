// SPDX-License-Identifier: GPL-2.0
/* Set-associative cache with least-recently-used replacement. */
#include <stdlib.h>
#include <string.h>
#include "cache.h"

bool cache_init(struct cache *cache, size_t entries, unsigned int ways)
{
	memset(cache, 0, sizeof(*cache));
	if (!ways || entries % ways || (entries / ways & (entries / ways - 1)))
		return false;
	cache->ways = ways;
	cache->sets = entries / ways;
	cache->tags = calloc(entries + 1, sizeof(*cache->tags));
	return cache->tags;
}

void cache_free(struct cache *cache)
{
	free(cache->tags);
	cache->tags = NULL;
}

/* The tag of key 0 is not 0, which means empty. */
static uint64_t *set_of(const struct cache *cache, uint64_t key, uint64_t *tag)
{
	uint64_t set = (key ^ key >> 17) & (cache->sets - 1);

	*tag = key + 1;
	return cache->tags + set * cache->ways;
}

bool cache_access(struct cache *cache, uint64_t key)
{
	unsigned int i, last = cache->ways - 1;
	uint64_t tag, *tags;
	bool hit;

	if (!cache->sets)
		return false;
	tags = set_of(cache, key, &tag);
	if (tags[0] == tag)
		return true;
	for (i = 1; i < last; i++)
		if (tags[i] == tag)
			break;
	if (i > last)
		i = last;
	hit = tags[i] == tag;
	memmove(tags + 1, tags, i * sizeof(*tags));
	tags[0] = tag;
	return hit;
}

bool cache_has(const struct cache *cache, uint64_t key)
{
	uint64_t tag, *tags;
	unsigned int i;

	if (!cache->sets)
		return false;
	tags = set_of(cache, key, &tag);
	for (i = 0; i < cache->ways; i++)
		if (tags[i] == tag)
			return true;
	return false;
}

void cache_drop(struct cache *cache, uint64_t key)
{
	uint64_t tag, *tags;
	unsigned int i;

	if (!cache->sets)
		return;
	tags = set_of(cache, key, &tag);
	for (i = 0; i < cache->ways; i++) {
		if (tags[i] != tag)
			continue;
		memmove(tags + i, tags + i + 1,
			(cache->ways - i - 1) * sizeof(*tags));
		tags[cache->ways - 1] = 0;
		return;
	}
}
