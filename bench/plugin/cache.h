/* SPDX-License-Identifier: GPL-2.0 */
/* Set-associative cache with least-recently-used replacement; also a TLB. */
#ifndef BENCH_CACHE_H
#define BENCH_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cache - tags of a cache
 * @ways: number of entries in a set
 * @sets: number of sets, a power of two; 0: nothing ever hits
 * @tags: sets of @ways entries, most recently used first; 0: empty
 */
struct cache {
	unsigned int ways;
	unsigned int sets;
	uint64_t *tags;
};

/* Create an empty cache, false: @entries / @ways is not a power of two. */
bool cache_init(struct cache *cache, size_t entries, unsigned int ways);
void cache_free(struct cache *cache);
/* Look @key up and make it the most recently used; true: it was there. */
bool cache_access(struct cache *cache, uint64_t key);
/* Check for @key without a change. */
bool cache_has(const struct cache *cache, uint64_t key);
/* Remove @key. */
void cache_drop(struct cache *cache, uint64_t key);

#endif
