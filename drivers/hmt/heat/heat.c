// SPDX-License-Identifier: GPL-2.0
/* Heat maps: chunks are allocated on first heat and freed when cold again. */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/slab.h>
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

/* Decay a chunk by one sample; return whether any page is still warm. */
static bool hmt_heat_chunk_decay(u8 *chunk)
{
	u64 *words = (u64 *)chunk;
	unsigned int i;
	u64 warm = 0;

	for (i = 0; i < HMT_CHUNK_PAGES / sizeof(u64); i++) {
		words[i] = hmt_heat_decay_word(words[i]);
		warm |= words[i];
	}
	return warm;
}

/* Decay all chunks by one sample, before the sample is added. */
void hmt_heat_map_decay(struct hmt_heat_map *map)
{
	unsigned long index;
	u8 *chunk;

	xa_for_each(&map->chunks, index, chunk) {
		if (!hmt_heat_chunk_decay(chunk))
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
 */
static void hmt_heat_add_bits(u64 *words, unsigned long bits,
			      unsigned int score)
{
	for (; bits; bits >>= sizeof(*words), words++)
		*words = hmt_heat_add_word(*words,
					   hmt_heat_spread(bits, score));
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
		hmt_heat_add_bits((u64 *)chunk + i * sizeof(u64), accessed[i],
				  score);
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

static u64 hmt_heat_chunk_fold(u8 *chunk, const u8 *fresh, unsigned int score)
{
	unsigned int page;
	u64 hits = 0;

	for (page = 0; page < HMT_CHUNK_PAGES; page++) {
		if (!fresh[page])
			continue;
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
			hits += hmt_heat_chunk_fold(to, from, score);
		hmt_heat_map_drop(fresh, index, from);
		cond_resched();
	}
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

	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		least = min(least, heat[page]);
	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		warm += heat[page] >= least + HMT_HEAT_SKEW;
	return warm && warm <= HMT_HEAT_SKEWED_PAGES;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_is_skewed);

/*
 * Add the number of pages of @map by heat to @pages; skips pages without a
 * chunk.
 */
void hmt_heat_map_count(struct hmt_heat_map *map, u64 pages[HMT_HEAT_LEVELS])
{
	unsigned long index;
	unsigned int i;
	u8 *chunk;

	xa_for_each(&map->chunks, index, chunk) {
		for (i = 0; i < HMT_CHUNK_PAGES; i++)
			pages[chunk[i]]++;
		cond_resched();
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_count);

size_t hmt_heat_map_bytes(const struct hmt_heat_map *map)
{
	return READ_ONCE(map->nr_chunks) * HMT_CHUNK_PAGES;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_heat_map_bytes);
