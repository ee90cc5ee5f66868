// SPDX-License-Identifier: GPL-2.0
/* Counters of the kernel and of HMT: moved pages. */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include "load.h"

static const char *const names[] = {
	"pgpromote_success", "pgdemote_kswapd", "pgdemote_direct",
	"pgmigrate_success", "pgmigrate_fail", "numa_hint_faults",
};

#define NAMES	(sizeof(names) / sizeof(*names))
#define EDGES	"/sys/class/hmt/*/edges/*/moved"
#define EDGES_MAX	32

struct edge {
	char name[64];
	unsigned long long moved;
};

struct counters {
	unsigned long long vmstat[NAMES];
	struct edge edges[EDGES_MAX];
	size_t nr_edges;
};

static struct counters before;

static unsigned long long read_number(const char *path)
{
	unsigned long long value = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static void read_vmstat(struct counters *counters)
{
	FILE *file = fopen("/proc/vmstat", "r");
	unsigned long long value;
	char name[64];
	size_t i;

	while (file && fscanf(file, "%63s %llu", name, &value) == 2)
		for (i = 0; i < NAMES; i++)
			if (!strcmp(name, names[i]))
				counters->vmstat[i] = value;
	if (file)
		fclose(file);
}

static void read_edges(struct counters *counters)
{
	glob_t found;
	size_t i;

	if (glob(EDGES, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc && i < EDGES_MAX; i++) {
		struct edge *edge = &counters->edges[counters->nr_edges++];

		snprintf(edge->name, sizeof(edge->name), "%s",
			 found.gl_pathv[i] + strlen("/sys/class/hmt/"));
		edge->moved = read_number(found.gl_pathv[i]);
	}
	globfree(&found);
}

static void read_all(struct counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	read_vmstat(counters);
	read_edges(counters);
}

void counters_begin(void)
{
	read_all(&before);
}

static unsigned long long edge_before(const char *name)
{
	size_t i;

	for (i = 0; i < before.nr_edges; i++)
		if (!strcmp(before.edges[i].name, name))
			return before.edges[i].moved;
	return 0;
}

void counters_print(void)
{
	struct counters now;
	const char *comma = "";
	size_t i;

	read_all(&now);
	for (i = 0; i < NAMES; i++)
		printf("\"%s\":%llu,", names[i],
		       now.vmstat[i] - before.vmstat[i]);
	printf("\"edges\":{");
	for (i = 0; i < now.nr_edges; i++) {
		printf("%s\"%s\":%llu", comma, now.edges[i].name,
		       now.edges[i].moved - edge_before(now.edges[i].name));
		comma = ",";
	}
	printf("}");
}
