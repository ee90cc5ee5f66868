// SPDX-License-Identifier: GPL-2.0
/*
 * Arguments, each key=value:
 *   memory=BLOCK:LOAD:STORE[:MBPS]  RAM block of QEMU ("ram0"), its idle
 *                            latencies in ns and its bandwidth in MB/s; once for
 *                            each memory, the fastest first
 *   cpus=NUMBER              CPUs that do what the modelled one does and share
 *                            the bandwidth; default 0: it is unlimited
 *   antagonist=MEMORY:MBPS   constant traffic of others in a memory, by number
 *   text=LOW-HIGH            code addresses of the program
 *   client=LOW-HIGH          code addresses in them that are not the program's
 *   cache=KIB:WAYS           last-level cache; default 1024:16, 0:1 for none
 *   first=KIB:WAYS           first-level cache, whose hits cost their instruction;
 *                            default 0:1, none
 *   tlb=ENTRIES:WAYS         second-level TLB; default 1536:12, 0:1 for none
 *   quantum=NS               step in which the guest's clock is charged;
 *                            default 0: count only
 *   window=MS                interval of the curve of the placement; default 100
 *   bound=SEGMENT            compute the lower bound of all placements, from the
 *                            first segment that counts to the end, and of its
 *                            own from the segment with this name
 *   watch=SEGMENT            watch accesses from the segment with this name on;
 *                            default: from the start. Before, memory costs nothing
 *   boundaries=NUMBER        of the bound: memories less 1, which is the default
 *   out=FILE                 output file, lines of JSON
 *   NAME=VALUE               a price, see prices.h
 */
#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "map.h"

struct config config = {
	.prices = PRICES_DEFAULT,
	.cache_kib = 1024,
	.cache_ways = 16,
	.first_ways = 1,
	.tlb_entries = 1536,
	.tlb_ways = 12,
	.window_ms = 100,
	.boundaries = MEMORIES_MAX,
};

static bool parse_memory(const char *value)
{
	unsigned int number = map_memories();
	char block[64];

	return number < MEMORIES_MAX &&
	       sscanf(value, "%63[^:]:%u:%u:%lu", block,
		      &config.prices.memory_ns[number][0],
		      &config.prices.memory_ns[number][1],
		      &config.mbps[number]) >= 3 &&
	       map_add_memory(block);
}

/* The memories come first, so that its bandwidth is known. */
static bool parse_antagonist(const char *value)
{
	unsigned int number;
	unsigned long mbps;

	if (sscanf(value, "%u:%lu", &number, &mbps) != 2 ||
	    number >= map_memories() || mbps >= config.mbps[number])
		return false;
	config.antagonist[number] = mbps;
	return true;
}

static bool parse_number(const char *text, unsigned int *number)
{
	char *end;

	*number = strtoul(text, &end, 10);
	return *text && !*end;
}

static bool parse_range(const char *text, uint64_t *low, uint64_t *high)
{
	return sscanf(text, "%lx-%lx", low, high) == 2;
}

static bool parse_pair(const char *text, unsigned int *size, unsigned int *ways)
{
	return sscanf(text, "%u:%u", size, ways) == 2;
}

bool config_parse(const char *word)
{
	const char *value = strchr(word, '=');
	char name[32];

	if (!value++ || (size_t)(value - word) > sizeof(name))
		return false;
	snprintf(name, value - word, "%s", word);
	if (!strcmp(name, "memory"))
		return parse_memory(value);
	if (!strcmp(name, "cpus"))
		return parse_number(value, &config.cpus);
	if (!strcmp(name, "antagonist"))
		return parse_antagonist(value);
	if (!strcmp(name, "boundaries"))
		return parse_number(value, &config.boundaries);
	if (!strcmp(name, "text"))
		return parse_range(value, &config.text_low, &config.text_high);
	if (!strcmp(name, "client"))
		return parse_range(value, &config.client_low,
				   &config.client_high);
	if (!strcmp(name, "cache"))
		return parse_pair(value, &config.cache_kib, &config.cache_ways);
	if (!strcmp(name, "first"))
		return parse_pair(value, &config.first_kib, &config.first_ways);
	if (!strcmp(name, "tlb"))
		return parse_pair(value, &config.tlb_entries, &config.tlb_ways);
	if (!strcmp(name, "quantum"))
		return parse_number(value, &config.quantum);
	if (!strcmp(name, "window"))
		return parse_number(value, &config.window_ms) && config.window_ms;
	if (!strcmp(name, "bound"))
		return (config.bound_from = strdup(value));
	if (!strcmp(name, "watch"))
		return (config.watch_from = strdup(value));
	if (!strcmp(name, "out"))
		return (config.out = fopen(value, "w"));
	return prices_set(&config.prices, name, value);
}
