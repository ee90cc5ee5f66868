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
	*map = (struct map) { .low = low, .pages = pages };
	map->page = malloc(pages * sizeof(*map->page));
	while (map->page && pages--)
		map->page[pages] = (struct page) { .memory = MAP_ABSENT };
	return map->page;
}

void map_free(struct map *map)
{
	free(map->page);
	memset(map, 0, sizeof(*map));
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

void map_remove(struct map *map, size_t page)
{
	if (map->page[page].memory != MAP_ABSENT)
		map->held[map->page[page].memory]--;
	map->page[page] = (struct page) { .memory = MAP_ABSENT };
}

/* Pages whose entries are read. */
struct part {
	struct map *map;
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

	if (page < part->first || page >= part->end ||
	    !(entry & (PRESENT | PROTNONE)))
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
		size_t page = (addr - part->map->low) >> PAGE_SHIFT;

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

void map_read(struct map *map, unsigned int space, uint64_t root, size_t first,
	      size_t pages, map_moved_t moved)
{
	const struct part part = { map, space, first, first + pages, moved };
	uint64_t end = map->low + ((uint64_t)part.end << PAGE_SHIFT), entry;
	uint64_t addr = (map->low + ((uint64_t)first << PAGE_SHIFT)) &
			~0x1fffffULL;

	for (; addr < end; addr += 0x200000) {
		entry = read_table(root, addr, 3);
		if (entry & PRESENT)
			entry = read_table(entry, addr, 2);
		if (entry & PRESENT)
			read_pmd(&part, addr, read_table(entry, addr, 1));
	}
}
