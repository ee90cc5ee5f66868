// SPDX-License-Identifier: GPL-2.0
/* Which memory holds each page of the data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"
#include "map.h"
#include "qemu.h"

#define ENTRIES		512
#define PRESENT		1ULL
#define WRITABLE	(1ULL << 1)
#define ACCESSED	(1ULL << 5)
#define HUGE		(1ULL << 7)
#define ADDRESS		0x000ffffffffff000ULL
/*
 * PROT_NONE: hint faults of NUMA balancing leave the page where it is. Linux
 * inverts the address of an entry that is not present (pgtable-invert.h).
 */
#define PROTNONE	(1ULL << 8)
/* A memory is a whole number of sections, as in the guest's kernel. */
#define SECTION_SHIFT	27
#define SECTIONS	(1u << 15)

struct memory {
	char block[64];
	uintptr_t start;
	uintptr_t end;
};

static struct memory memories[MEMORIES_MAX];
static unsigned int nr_memories;
/* Memory of each section plus 1, 0: not known yet. */
static uint8_t sections[SECTIONS];

bool map_add_memory(const char *block)
{
	if (nr_memories == MEMORIES_MAX)
		return false;
	snprintf(memories[nr_memories++].block, sizeof(memories->block), "%s",
		 block);
	return true;
}

unsigned int map_memories(void)
{
	return nr_memories;
}

static bool locate(struct memory *memory)
{
	char path[96];
	void *block;

	snprintf(path, sizeof(path), "/objects/%.63s", memory->block);
	block = qemu_ram_block_by_name(path);
	if (!block)
		block = qemu_ram_block_by_name(memory->block);
	if (!block) {
		fprintf(stderr, "memory model: no RAM block '%s'\n",
			memory->block);
		return false;
	}
	memory->start = (uintptr_t)qemu_ram_get_host_addr(block);
	memory->end = memory->start + qemu_ram_get_used_length(block);
	return true;
}

bool map_locate(void)
{
	unsigned int i;

	for (i = 0; i < nr_memories; i++)
		if (!memories[i].start && !locate(&memories[i]))
			return false;
	return true;
}

int map_memory_of(uintptr_t host)
{
	unsigned int i;

	for (i = 0; i < nr_memories; i++)
		if (host >= memories[i].start && host < memories[i].end)
			return i;
	return -1;
}

static int memory_at(uint64_t physical)
{
	uint64_t section = physical >> SECTION_SHIFT;

	if (section >= SECTIONS)
		return -1;
	if (!sections[section]) {
		int memory = map_memory_of(guest_host_address(physical));

		if (memory < 0)
			return -1;
		sections[section] = memory + 1;
	}
	return sections[section] - 1;
}

bool map_init(struct map *map, uint64_t low, size_t pages)
{
	*map = (struct map) { 0 };
	return map_add(map, low, pages, true);
}

bool map_add(struct map *map, uint64_t low, size_t pages, bool shared)
{
	struct page *page;
	size_t i;

	if (map->ranges == MAP_RANGES)
		return false;
	page = realloc(map->page, (map->pages + pages) * sizeof(*page));
	if (!page)
		return false;
	for (i = map->pages; i < map->pages + pages; i++)
		page[i] = (struct page) { .memory = MAP_ABSENT };
	map->page = page;
	map->range[map->ranges++] = (struct range) {
		.low = low, .first = map->pages, .pages = pages,
		.shared = shared, .least = SIZE_MAX,
	};
	map->pages += pages;
	return true;
}

size_t map_find(const struct map *map, uint64_t addr)
{
	const struct range *range = map->range;
	unsigned int i;

	for (i = 0; i < map->ranges; i++, range++) {
		size_t page = (addr - range->low) >> PAGE_SHIFT;

		if (addr >= range->low && page < range->pages)
			return range->first + page;
	}
	return map->pages;
}

uint64_t map_address(const struct map *map, size_t page)
{
	unsigned int i = map->ranges - 1;

	while (i && page < map->range[i].first)
		i--;
	return map->range[i].low +
	       ((uint64_t)(page - map->range[i].first) << PAGE_SHIFT);
}

void map_free(struct map *map)
{
	free(map->page);
	memset(map, 0, sizeof(*map));
}

static struct range *range_of(struct map *map, size_t page)
{
	struct range *range = map->range;

	while (page >= range->first + range->pages)
		range++;
	return range;
}

static void widen(struct range *range, size_t page)
{
	if (page < range->least)
		range->least = page;
	if (page > range->most)
		range->most = page;
}

unsigned int map_set(struct map *map, size_t page, unsigned int memory)
{
	unsigned int before = map->page[page].memory, i;
	size_t sum = 0;

	if (before == memory)
		return before;
	if (before != MAP_ABSENT) {
		map->held[before]--;
		map->page[page].left |= !before;
		map->page[page].brought |= !memory;
	} else {
		widen(range_of(map, page), page);
	}
	map->held[memory]++;
	map->page[page].memory = memory;
	for (i = 0; i < nr_memories; i++) {
		sum += map->held[i];
		if (sum > map->most[i])
			map->most[i] = sum;
	}
	return before;
}

struct page *map_entry(const struct map *map, size_t page)
{
	size_t first;

	if (!map->page[page].huge)
		return &map->page[page];
	first = page - (map_address(map, page) >> PAGE_SHIFT & (ENTRIES - 1));
	return &map->page[first < map->pages ? first : page];
}

void map_split(struct map *map, size_t page)
{
	struct page *entry = map_entry(map, page), *at;

	if (!map->page[page].huge)
		return;
	for (at = entry; at < entry + ENTRIES && at < map->page + map->pages; at++) {
		at->huge = false;
		at->cleared = entry->cleared;
		at->seen = entry->seen;
		at->armed = entry->armed;
	}
}

void map_remove(struct map *map, size_t page)
{
	if (map->page[page].memory != MAP_ABSENT)
		map->held[map->page[page].memory]--;
	map->page[page] = (struct page) { .memory = MAP_ABSENT };
}

/* Pages whose entries are read. */
struct part {
	struct map *map;
	const struct range *range;
	unsigned int space;
	size_t first;
	size_t end;
	map_moved_t moved;
};

/* A placer looks at a page by making its next access visible. */
static void read_looks(struct page *page, unsigned int space, uint64_t entry)
{
	bool visible = !(entry & PRESENT) || !(entry & ACCESSED);

	page->cleared &= ~(1u << space);
	page->cleared |= !(entry & ACCESSED) << space;
	page->armed_write = !(entry & WRITABLE) && !page->copied;
	page->armed |= visible;
	page->looked |= visible || page->armed_write;
}

/* Store what the entry of @page says. */
static void read_entry(const struct part *part, size_t page, uint64_t entry,
		       uint64_t physical)
{
	struct map *map = part->map;
	unsigned int before;
	int memory;

	if (page < part->first || page >= part->end)
		return;
	/* Entries of pages that are on their way are not empty. */
	if (!entry && !part->range->shared)
		map_remove(map, page);
	if (!(entry & (PRESENT | PROTNONE)))
		return;
	memory = memory_at(entry & PRESENT ? physical : physical ^ ADDRESS);
	if (memory < 0)
		return;
	before = map_set(map, page, memory);
	map->page[page].huge = entry & HUGE;
	read_looks(&map->page[page], part->space, entry);
	if (before != MAP_ABSENT && before != (unsigned int)memory)
		part->moved(page, before, memory);
}

/* Read a table of base pages, or an entry for 2 MiB. */
static void read_pmd(const struct part *part, uint64_t addr, uint64_t pmd)
{
	uint64_t entries[ENTRIES];
	unsigned int i;

	if (!(pmd & HUGE)) {
		if (!(pmd & PRESENT))
			return;
		guest_read_physical(pmd & ADDRESS, entries, sizeof(entries));
	}
	for (i = 0; i < ENTRIES; i++, addr += 1 << PAGE_SHIFT) {
		size_t page = (addr - part->range->low) >> PAGE_SHIFT;

		if (addr < part->range->low || page >= part->range->pages)
			continue;
		page += part->range->first;
		if (pmd & HUGE)
			read_entry(part, page, pmd,
				   (pmd & ADDRESS & ~0x1fffffULL) +
				   ((uint64_t)i << PAGE_SHIFT));
		else
			/* Bit 7 of a base page's entry is its cache type. */
			read_entry(part, page, entries[i] & ~HUGE,
				   entries[i] & ADDRESS);
	}
}

static uint64_t read_table(uint64_t table, uint64_t addr, unsigned int level)
{
	uint64_t entry = 0, index = addr >> (PAGE_SHIFT + 9 * level) & 511;

	guest_read_physical((table & ADDRESS) + index * 8, &entry,
			    sizeof(entry));
	return entry;
}

/* No table exists for the addresses: the program has unmapped all of it. */
static void remove_span(const struct part *part, uint64_t addr, uint64_t end)
{
	const struct range *range = part->range;
	size_t page = range->first, last;

	if (range->shared || range->least > range->most)
		return;
	if (addr > range->low)
		page += (addr - range->low) >> PAGE_SHIFT;
	last = range->first + ((end - 1 - range->low) >> PAGE_SHIFT);
	if (page < range->least)
		page = range->least;
	for (; page <= last && page <= range->most; page++)
		map_remove(part->map, page);
}

/* Return the end of the addresses that an entry of @level has. */
static uint64_t span_end(uint64_t addr, unsigned int level, uint64_t end)
{
	uint64_t bytes = 1ULL << (PAGE_SHIFT + 9 * level);
	uint64_t next = (addr & ~(bytes - 1)) + bytes;

	return next < end ? next : end;
}

static void read_part(const struct part *part, uint64_t root)
{
	uint64_t addr = part->range->low +
			((part->first - part->range->first) << PAGE_SHIFT);
	uint64_t end = part->range->low +
		       ((part->end - part->range->first) << PAGE_SHIFT);
	uint64_t next, entry;
	unsigned int level;

	for (addr &= ~0x1fffffULL; addr < end; addr = next) {
		entry = root | PRESENT;
		for (level = 3; level && entry & PRESENT; level--) {
			entry = read_table(entry, addr, level);
			next = span_end(addr, level, end);
		}
		/* A huge page on its way has an entry that is not empty. */
		if (entry & (PRESENT | PROTNONE))
			read_pmd(part, addr, entry);
		else if (!entry)
			remove_span(part, addr, next);
	}
}

void map_read(struct map *map, unsigned int space, uint64_t root, size_t first,
	      size_t pages, map_moved_t moved)
{
	struct part part = { .map = map, .space = space, .moved = moved };
	size_t end = first + pages;
	unsigned int i;

	for (i = 0; i < map->ranges; i++) {
		part.range = &map->range[i];
		part.first = part.range->first;
		part.end = part.first + part.range->pages;
		if (part.first < first)
			part.first = first;
		if (part.end > end)
			part.end = end;
		if (part.first < part.end)
			read_part(&part, root);
	}
}

void map_read_page(struct map *map, unsigned int space, uint64_t root,
		   size_t page, map_moved_t moved)
{
	const struct range *range = range_of(map, page);
	const struct part part = {
		map, range, space, range->first, range->first + range->pages,
		moved,
	};
	uint64_t addr = map_address(map, page), entry = root | PRESENT;
	unsigned int level;

	for (level = 3; level && entry & PRESENT; level--)
		entry = read_table(entry, addr, level);
	if (entry & PRESENT && entry & HUGE)
		read_pmd(&part, addr & ~0x1fffffULL, entry);
}
