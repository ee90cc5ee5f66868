/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which memory holds each page of the data. The page table of the program
 * decides, and each miss confirms it.
 */
#ifndef BENCH_MAP_H
#define BENCH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "prices.h"

#define PAGE_SHIFT	12
#define MAP_ABSENT	0xff
/* Processes with page tables of their own. */
#define SPACES_MAX	8
/* No more looks at a page that found an access are counted. */
#define SEEN_MAX	100

/**
 * struct page - a page of the data
 * @memory: memory that holds it, MAP_ABSENT: none yet
 * @cleared: spaces in which the accessed bit of its entry was clear when the table was last
 *	read, and whose process has not walked to it since
 * @seen: number of times that an access followed a look
 * @huge: mapped by an entry for 2 MiB
 * @left: it has left the fastest memory
 * @brought: it has come to the fastest memory
 * @looked: its accessed bit was cleared, or its entry revoked or protected
 *	against writes, so that the next access can be seen
 * @armed: no access followed
 * @armed_write: the same, by a write
 * @flushed: its entry of the TLB was lost to a move
 * @copied: the next write makes a copy, which is a new page
 */
struct page {
	uint8_t memory;
	uint8_t cleared;
	uint8_t seen;
	bool huge : 1;
	bool left : 1;
	bool brought : 1;
	bool looked : 1;
	bool armed : 1;
	bool armed_write : 1;
	bool flushed : 1;
	bool copied : 1;
};

#define MAP_RANGES	4

/**
 * struct range - a range of addresses
 * @low: address of its first page
 * @first: index of its first page
 * @pages: number of pages
 * @shared: other processes may have pages of it that a page table lacks
 * @least: index of the first page that was ever present
 * @most: index of the last one
 */
struct range {
	uint64_t low;
	size_t first;
	size_t pages;
	bool shared;
	size_t least;
	size_t most;
};

/**
 * struct map - pages of the data
 * @range: ranges of addresses
 * @ranges: number of ranges
 * @pages: number of pages of all ranges
 * @page: pages
 * @held: pages in each memory
 * @most: the largest number of pages in a memory and all faster ones together
 */
struct map {
	struct range range[MAP_RANGES];
	unsigned int ranges;
	size_t pages;
	struct page *page;
	size_t held[MEMORIES_MAX];
	size_t most[MEMORIES_MAX];
};

/* Called for a page that is found in another memory. */
typedef void (*map_moved_t)(size_t page, unsigned int from, unsigned int to);

/* Add a RAM block; memories are numbered in the order of calls. */
bool map_add_memory(const char *block);
unsigned int map_memories(void);
/* Find the blocks, which QEMU creates after plugins; false: one is missing. */
bool map_locate(void);
/* Return the memory of a host address, -1: none. */
int map_memory_of(uintptr_t host);
/* Create a map of one range, of whose pages map_remove() forgets those freed. */
bool map_init(struct map *map, uint64_t low, size_t pages);
/* Add a range to a map without known pages, false: no memory, or too many. */
bool map_add(struct map *map, uint64_t low, size_t pages, bool shared);
/* Return the index of the page of @addr, map->pages or more: no range has it. */
size_t map_find(const struct map *map, uint64_t addr);
/* Return the address of a page. */
uint64_t map_address(const struct map *map, size_t page);
void map_free(struct map *map);
/*
 * Read the entries of @pages pages from @first in the page table of @space, at
 * @root; call @moved for each page that moved. Pages that were unmapped become
 * absent, unless they are shared.
 */
void map_read(struct map *map, unsigned int space, uint64_t root, size_t first,
	      size_t pages, map_moved_t moved);
/*
 * Return the page that stands for the entry of @page: the first one of a huge page.
 * Looks at the others, and accesses to them, count there.
 */
struct page *map_entry(const struct map *map, size_t page);
/* The huge page of @page is mapped by base pages from now on. */
void map_split(struct map *map, size_t page);
/* Read the entry of one page, with the others if it is in a huge page. */
void map_read_page(struct map *map, unsigned int space, uint64_t root,
		   size_t page, map_moved_t moved);
/* Forget @page, which is freed. */
void map_remove(struct map *map, size_t page);
/* Store that @page is in @memory; return the memory before, MAP_ABSENT: none. */
unsigned int map_set(struct map *map, size_t page, unsigned int memory);

#endif
