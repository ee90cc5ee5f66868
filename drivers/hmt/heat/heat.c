// SPDX-License-Identifier: GPL-2.0
/* Heat maps: chunks are allocated on first heat and freed when cold again. */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "heat.h"
#include "word.h"

/* A separate cache, because kmalloc classes would double the byte per page. */
static struct kmem_cache *hmt_heat_cache;

int hmt_heat_init(void)
{
	/*
	 * Readers other than the engine may access a chunk while it is freed.
	 */
	hmt_heat_cache = kmem_cache_create("hmt_heat", HMT_CHUNK_PAGES,
					   sizeof(u64), SLAB_TYPESAFE_BY_RCU,
					   NULL);
	return hmt_heat_cache ? 0 : -ENOMEM;
}

void hmt_heat_exit(void)
{
	kmem_cache_destroy(hmt_heat_cache);
}

void hmt_heat_map_init(struct hmt_heat_map *map)
{
	xa_init(&map->chunks);
	map->nr_chunks = 0;
	memset(&map->met, 0, sizeof(map->met));
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_init);

static void hmt_heat_map_drop(struct hmt_heat_map *map, unsigned long index,
			      u8 *chunk)
{
	xa_erase(&map->chunks, index);
	kmem_cache_free(hmt_heat_cache, chunk);
	WRITE_ONCE(map->nr_chunks, map->nr_chunks - 1);
}

void hmt_heat_map_destroy(struct hmt_heat_map *map)
{
	unsigned long index;
	u8 *chunk;

	/* Address spaces of terabytes have millions of chunks. */
	xa_for_each(&map->chunks, index, chunk) {
		hmt_heat_map_drop(map, index, chunk);
		cond_resched();
	}
	xa_destroy(&map->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_destroy);

/* Decay a chunk by one sample; return the sum of its heat. */
static unsigned int hmt_heat_chunk_decay(u8 *chunk, unsigned int shift)
{
	u64 *words = (u64 *)chunk, sum = 0;
	unsigned int i;

	/* 64 words with two bytes in each half. */
	BUILD_BUG_ON(HMT_CHUNK_PAGES / 4 * HMT_HEAT_MAX >= 1U << 16);
	for (i = 0; i < HMT_CHUNK_PAGES / sizeof(u64); i++) {
		words[i] = hmt_heat_decay_word(words[i], shift);
		sum += hmt_heat_pairs(words[i]);
	}
	return hmt_heat_sum(sum & ~0ULL / 0xffffffff * 0xffff) +
	       hmt_heat_sum(sum >> 16 & ~0ULL / 0xffffffff * 0xffff);
}

/*
 * Decay all chunks by one sample, which takes 1/(1 << @shift), before the sample
 * is added.
 */
void hmt_heat_map_decay(struct hmt_heat_map *map, unsigned int shift)
{
	struct hmt_policy_met *met = &map->met;
	unsigned int heat;
	unsigned long index;
	u8 *chunk;

	memset(met, 0, sizeof(*met));
	xa_for_each(&map->chunks, index, chunk) {
		heat = hmt_heat_chunk_decay(chunk, shift);
		met->pages += HMT_CHUNK_PAGES;
		met->heat += heat;
		if (!heat)
			hmt_heat_map_drop(map, index, chunk);
		cond_resched();
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_decay);

static u8 *hmt_heat_map_make(struct hmt_heat_map *map, unsigned long index)
{
	u8 *chunk = xa_load(&map->chunks, index);
	int ret;

	if (chunk)
		return chunk;
	chunk = kmem_cache_zalloc(hmt_heat_cache, GFP_KERNEL);
	if (!chunk)
		return NULL;
	ret = xa_err(xa_store(&map->chunks, index, chunk, GFP_KERNEL));
	if (ret) {
		kmem_cache_free(hmt_heat_cache, chunk);
		return NULL;
	}
	WRITE_ONCE(map->nr_chunks, map->nr_chunks + 1);
	return chunk;
}

/*
 * Add @score to pages whose bit is set, eight at a time, beginning at @words.
 * Return the sum of their heat before.
 */
static unsigned int hmt_heat_add_bits(u64 *words, unsigned long bits,
				      unsigned int score)
{
	u64 sum = 0;

	for (; bits; bits >>= sizeof(*words), words++) {
		sum += hmt_heat_pairs(*words & hmt_heat_spread(bits, 0xff));
		*words = hmt_heat_add_word(*words,
					   hmt_heat_spread(bits, score));
	}
	return hmt_heat_sum(sum);
}

/*
 * Add @score to each page of the chunk of @addr whose bit is set. Nothing is
 * allocated if no bit is set. Return 0 or -ENOMEM.
 */
int hmt_heat_map_report(struct hmt_heat_map *map, unsigned long addr,
			const unsigned long *accessed, unsigned int score)
{
	unsigned int i;
	u8 *chunk;

	if (bitmap_empty(accessed, HMT_CHUNK_PAGES))
		return 0;
	chunk = hmt_heat_map_make(map, addr >> HMT_CHUNK_SHIFT);
	if (!chunk)
		return -ENOMEM;
	for (i = 0; i < BITS_TO_LONGS(HMT_CHUNK_PAGES); i++)
		map->met.found += hmt_heat_add_bits((u64 *)chunk +
							    i * sizeof(u64),
						    accessed[i], score);
	map->met.hits += bitmap_weight(accessed, HMT_CHUNK_PAGES);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_report);

/*
 * Add @score, at most HMT_SCORE_MAX, to each page in [@addr, @end), which must
 * be within one chunk. Return 0 or -ENOMEM.
 */
int hmt_heat_map_add(struct hmt_heat_map *map, unsigned long addr,
		     unsigned long end, unsigned int score)
{
	u8 *chunk = hmt_heat_map_make(map, addr >> HMT_CHUNK_SHIFT);
	u8 *page;

	if (!chunk)
		return -ENOMEM;
	page = chunk + hmt_chunk_index(addr);
	for (; addr < end; addr += PAGE_SIZE, page++)
		*page = hmt_heat_add(*page, score);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_add);

static u64 hmt_heat_chunk_fold(u8 *chunk, const u8 *fresh, unsigned int score,
			       u64 *found)
{
	unsigned int page;
	u64 hits = 0;

	for (page = 0; page < HMT_CHUNK_PAGES; page++) {
		if (!fresh[page])
			continue;
		*found += chunk[page];
		chunk[page] = hmt_heat_add(chunk[page],
					   hmt_heat_weigh(fresh[page], score));
		hits++;
	}
	return hits;
}

/*
 * Move the evidence of one sample from @fresh to @map; a hit adds @score.
 * Evidence is lost if a chunk cannot be allocated. Return the number of pages
 * warmed.
 */
u64 hmt_heat_map_fold(struct hmt_heat_map *map, struct hmt_heat_map *fresh,
		      unsigned int score)
{
	unsigned long index;
	u8 *from, *to;
	u64 hits = 0;

	xa_for_each(&fresh->chunks, index, from) {
		to = hmt_heat_map_make(map, index);
		if (to)
			hits += hmt_heat_chunk_fold(to, from, score,
						    &map->met.found);
		hmt_heat_map_drop(fresh, index, from);
		cond_resched();
	}
	map->met.hits += hits;
	return hits;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_fold);

/*
 * Return the heat of the chunk of @addr by page, or NULL if all pages are cold.
 */
const u8 *hmt_heat_map_chunk(struct hmt_heat_map *map, unsigned long addr)
{
	return xa_load(&map->chunks, addr >> HMT_CHUNK_SHIFT);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_chunk);

/*
 * Check whether a huge page is skewed: at most HMT_HEAT_SKEWED_PAGES of its
 * pages are clearly warmer than the rest, which would be better placed in a
 * lower tier. @heat has the heat of each page.
 */
bool hmt_heat_is_skewed(const u8 *heat)
{
	unsigned int page, warm = 0;
	u8 least = HMT_HEAT_MAX;

	/* Page tables warm all pages of a huge page alike. */
	if (!memchr_inv(heat, *heat, HMT_CHUNK_PAGES))
		return false;
	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		least = min(least, heat[page]);
	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		warm += heat[page] >= least + HMT_HEAT_SKEW;
	return warm && warm <= HMT_HEAT_SKEWED_PAGES;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_is_skewed);

/*
 * Return the index of the first page of a chunk in [@index, @end) whose heat is
 * within @bounds, or @end. Eight pages without one are skipped at a time.
 */
unsigned int hmt_heat_chunk_seek(const u8 *heat,
				 const struct hmt_policy_bounds *bounds,
				 unsigned int index, unsigned int end)
{
	while (index < end && !hmt_policy_names(bounds, heat[index]))
		index += IS_ALIGNED(index, sizeof(u64)) &&
					 !hmt_heat_word_has(*(u64 *)&heat[index],
							    bounds) ?
				 sizeof(u64) :
				 1;
	return min(index, end);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_chunk_seek);

size_t hmt_heat_map_bytes(const struct hmt_heat_map *map)
{
	return READ_ONCE(map->nr_chunks) * HMT_CHUNK_PAGES;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_bytes);
