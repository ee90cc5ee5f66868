// SPDX-License-Identifier: GPL-2.0
/* Output of segments. */
#include <string.h>
#include "segment.h"

static const char *const stall_names[STALLS] = {
	[STALL_HIT] = "hit",
	[STALL_MISS] = "miss",
	[STALL_WALK] = "walk",
	[STALL_REFILL] = "refill",
	[STALL_ACCESSED] = "accessed",
	[STALL_COPY_OWN] = "copy_own",
	[STALL_COPY_OTHER] = "copy_other",
	[STALL_COLD] = "cold",
	[STALL_QUEUE] = "queue",
	[STALL_CHASE] = "chase",
};

static char name[NAME_BYTES];
static struct times begun;
static uint64_t before[NAMES_MAX][CAUSES_MAX];

void segment_begin(const char *text, const struct times *times)
{
	snprintf(name, sizeof(name), "%s", text);
	begun = *times;
	memcpy(before, causes.counts, sizeof(before));
}

static void write_times(FILE *out, const struct times *now)
{
	uint64_t user = now->instructions[0] - begun.instructions[0];
	uint64_t kernel = now->instructions[1] - begun.instructions[1];
	uint64_t executed = now->executed - begun.executed;

	fprintf(out, "\"clock_ns\":%lu,\"user\":%lu,\"kernel\":%lu,",
		now->clock_ns - begun.clock_ns, user, kernel);
	/* Blocks that faulted are counted whole, and again when repeated. */
	fprintf(out, "\"repeated\":%ld,\"idle_ns\":%lu,\"stall_ps\":%lu,",
		(long)(user + kernel - executed), now->idle_ns - begun.idle_ns,
		now->stall_ps - begun.stall_ps);
	fprintf(out, "\"dropped_ns\":%lu", now->dropped_ns - begun.dropped_ns);
}

static void write_counts(FILE *out, const struct counts *counts)
{
	unsigned int i, j, mover;
	const char *comma = "";

	fprintf(out, ",\"loads\":%lu,\"stores\":%lu,\"hits\":%lu,\"walks\":%lu",
		counts->accesses[0], counts->accesses[1], counts->hits,
		counts->walks);
	fprintf(out, ",\"sets\":%lu,\"unknown\":%lu,\"fills\":[", counts->sets,
		counts->unknown);
	for (i = 0; i < map_memories(); i++)
		fprintf(out, "%s[%lu,%lu]", i ? "," : "", counts->fills[i][0],
			counts->fills[i][1]);
	fputs("],\"moves\":[", out);
	for (mover = 0; mover < MOVERS; mover++)
		for (i = 0; i < map_memories(); i++)
			for (j = 0; j < map_memories(); j++)
				if (counts->moves[mover][i][j]) {
					fprintf(out, "%s[%u,%u,%u,%lu]", comma,
						mover, i, j,
						counts->moves[mover][i][j]);
					comma = ",";
				}
	fputs("],\"stall\":{", out);
	for (i = 0; i < STALLS; i++)
		fprintf(out, "%s\"%s\":%lu", i ? "," : "", stall_names[i],
			counts->stall_ps[i]);
	fputs("}", out);
}

/* Columns of a class of pages with equally many misses. */
enum heat {
	HEAT_MISSES, HEAT_PAGES,
	HEAT_SLOW,		/* slow misses by stage */
	HEAT_FAST = HEAT_SLOW + STAGES,	/* fast ones of pages that were there */
	HEAT_FAST_BROUGHT,	/* of pages that have come there */
	HEATS
};

static void add_heat(uint64_t *heat, const struct misses *misses)
{
	uint64_t fast = misses->all - misses->brought;
	unsigned int i;

	heat[HEAT_MISSES] += misses->all;
	heat[HEAT_PAGES]++;
	for (i = 0; i < STAGES; i++) {
		heat[HEAT_SLOW + i] += misses->slow[i];
		fast -= misses->slow[i];
	}
	heat[HEAT_FAST] += fast;
	heat[HEAT_FAST_BROUGHT] += misses->brought;
}

static uint64_t sum_misses(const struct map *map, const struct misses *misses)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < map->pages; i++)
		sum += misses[i].all;
	return sum;
}

/* Write the classes; pages above the last one are together. */
static void write_heat(FILE *out, struct map *map, struct misses *misses)
{
	static uint64_t heat[HEAT_MAX + 1][HEATS];
	uint64_t sum = sum_misses(map, misses);
	const char *comma = "";
	unsigned int j;
	size_t i;

	memset(heat, 0, sizeof(heat));
	for (i = 0; i < map->pages; i++) {
		add_heat(heat[misses[i].all < HEAT_MAX ? misses[i].all :
			      HEAT_MAX], &misses[i]);
		if (misses[i].all * map->pages < sum) {
			map->page[i].looked = false;
			map->page[i].seen = 0;
		}
		misses[i] = (struct misses) { 0 };
	}
	fputs(",\"heat\":[", out);
	for (i = 1; i <= HEAT_MAX; i++) {
		if (!heat[i][HEAT_PAGES])
			continue;
		fprintf(out, "%s[", comma);
		for (j = 0; j < HEATS; j++)
			fprintf(out, "%s%lu", j ? "," : "", heat[i][j]);
		fputs("]", out);
		comma = ",";
	}
	fputs("]", out);
}

static void write_tasks(FILE *out)
{
	unsigned int i, j;
	const char *comma = "", *inner;

	fputs(",\"tasks\":{", out);
	for (i = 0; i < causes.nr_tasks; i++) {
		inner = "";
		for (j = 0; j < causes.nr_names; j++) {
			uint64_t count = causes.counts[i][j] - before[i][j];

			if (!count)
				continue;
			if (!*inner)
				fprintf(out, "%s\"%s\":{", comma,
					causes.tasks[i]);
			fprintf(out, "%s\"%s\":%lu", inner, causes.names[j],
				count);
			inner = ",";
		}
		if (*inner) {
			fputs("}", out);
			comma = ",";
		}
	}
	fputs("}", out);
}

void segment_end(FILE *out, const struct times *times,
		 const struct counts *counts, struct map *map,
		 struct misses *misses)
{
	unsigned int i;

	fprintf(out, "{\"segment\":\"%s\",", name);
	write_times(out, times);
	write_counts(out, counts);
	fprintf(out, ",\"pages\":%zu,\"most\":[", map->pages);
	for (i = 0; i < map_memories(); i++)
		fprintf(out, "%s%zu", i ? "," : "", map->most[i]);
	fputs("],\"held\":[", out);
	for (i = 0; i < map_memories(); i++)
		fprintf(out, "%s%zu", i ? "," : "", map->held[i]);
	fputs("]", out);
	write_heat(out, map, misses);
	write_tasks(out);
	fputs("}\n", out);
	fflush(out);
}

static void write_bound(FILE *out, const struct bound *bound)
{
	unsigned int i;

	fprintf(out, "{\"misses\":%lu,\"rent_fs\":[", bound->now);
	for (i = 0; i < BOUND_RENTS; i++)
		fprintf(out, "%s%ld", i ? "," : "", (long)bound->rent[i]);
	fputs("],\"cost_fs\":[", out);
	for (i = 0; i < BOUND_RENTS; i++)
		fprintf(out, "%s%ld", i ? "," : "", (long)bound_cost(bound, i));
	fputs("]}", out);
}

void segment_bound(FILE *out, const struct bound *bounds, unsigned int count)
{
	unsigned int i;

	fputs("{\"bound\":[", out);
	for (i = 0; i < count; i++) {
		fputs(i ? "," : "", out);
		write_bound(out, &bounds[i]);
	}
	fputs("]}\n", out);
	fflush(out);
}
