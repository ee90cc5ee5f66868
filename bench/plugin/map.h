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

/**
 * struct page - a page of the data
 * @memory: memory that holds it, MAP_ABSENT: none yet
 * @huge: mapped by an entry for 2 MiB
 * @cleared: its accessed bit was clear when the table was last read, and the
 *	program has not walked to it since
 * @left: it has left the fastest memory
 * @brought: it has come to the fastest memory
 */
struct page {
	uint8_t memory;
	bool huge;
	bool cleared;
	bool left;
	bool brought;
};

/**
 * struct map - pages of the data
 * @low: address of the first page
 * @pages: number of pages
 * @page: pages
 * @held: pages in each memory
 * @most: the largest held[0] since map_reset()
 */
struct map {
	uint64_t low;
	size_t pages;
	struct page *page;
	size_t held[MEMORIES_MAX];
	size_t most;
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
bool map_init(struct map *map, uint64_t low, size_t pages);
void map_free(struct map *map);
/* Read the page table at @root, call @moved for each page that moved. */
void map_read(struct map *map, uint64_t root, map_moved_t moved);
/* Store that @page is in @memory; return the memory before, MAP_ABSENT: none. */
unsigned int map_set(struct map *map, size_t page, unsigned int memory);

#endif
