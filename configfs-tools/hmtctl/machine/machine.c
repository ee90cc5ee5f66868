// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "machine/machine.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/words.h"

#define NODE_DIR "sys/devices/system/node"

/* Call @each for the numbers of a list like "0-1,3". */
static void each_number(const char *list,
			void (*each)(unsigned int number, void *data),
			void *data)
{
	unsigned long first, last;
	char *end;

	for (; *list >= '0' && *list <= '9'; list = end + (*end == ',')) {
		first = strtoul(list, &end, 10);
		last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
		for (; first <= last && first < PROPOSE_NODES; first++)
			each(first, data);
	}
}

static void add_node(unsigned int node, void *data)
{
	node_set_add(data, node);
}

static bool has_node(const struct node_set *set, uint64_t node)
{
	return node < PROPOSE_NODES &&
	       set->words[node / 64] >> node % 64 & 1;
}

/* Return the first kind of "dram+pmem", which @json keeps. */
static const char *main_kind(struct json_object *json)
{
	const char *kinds = json_text(json, "kind");
	int length = strcspn(kinds, "+");

	if (!kinds[length])
		return kinds;
	json_object_object_add(json, "main_kind",
			       json_object_new_string_len(kinds, length));
	return json_text(json, "main_kind");
}

/* The nearest CPUs of a memory are those of its own node, if it has any. */
static void describe_memory(struct json_object *json,
			    struct propose_memory *memory)
{
	*memory = (struct propose_memory) {
		.name = json_text(json, "name"),
		.kind = main_kind(json),
		.measured = strcmp(json_text(json, "performance_source"),
				   "distance"),
		.latency = json_number(json, "read_latency"),
		.bandwidth = json_number(json, "read_bandwidth"),
	};
	each_number(json_text(json, "initiators"), add_node,
		    &memory->initiators);
	memory->cpus = has_node(&memory->initiators,
				json_number(json, "numa_node"));
}

/**
 * struct row - distances from one node
 * @machine: the machine
 * @nodes: node number of each memory
 * @node: the node that the distances start from
 * @values: distances to the online nodes, in the order of their numbers
 */
struct row {
	struct propose_machine *machine;
	const uint64_t *nodes;
	unsigned int node;
	char **values;
};

/* Store one distance from a node to a memory. */
static void store_distance(const struct row *row, size_t to,
			   unsigned int distance)
{
	struct propose_memory *memories = row->machine->memories;
	size_t i;

	for (i = 0; i < row->machine->count; i++)
		if (row->nodes[i] == row->node)
			memories[i].distance[to] = distance;
	if (has_node(&memories[to].initiators, row->node) &&
	    (!memories[to].near || distance < memories[to].near))
		memories[to].near = distance;
}

/* Store the next value as the distance to @node. */
static void set_distance(unsigned int node, void *data)
{
	struct row *row = data;
	size_t i;

	if (!*row->values)
		return;
	for (i = 0; i < row->machine->count; i++)
		if (row->nodes[i] == node)
			store_distance(row, i, strtoul(*row->values, NULL, 10));
	row->values++;
}

/**
 * struct matrix - distances of all nodes
 * @ctl: context
 * @online: list of the online nodes
 * @row: where to store them
 */
struct matrix {
	const struct hmtctl *ctl;
	const char *online;
	struct row row;
};

/* Read the distances from @node; it can have CPUs and no memory. */
static void read_row(unsigned int node, void *data)
{
	struct matrix *matrix = data;
	auto_words char **values = NULL;
	auto_text char *line = NULL;
	char path[80];

	snprintf(path, sizeof(path), NODE_DIR "/node%u/distance", node);
	line = fs_read(matrix->ctl->root, path);
	values = words_split(line);
	matrix->row.node = node;
	matrix->row.values = values;
	each_number(matrix->online, set_distance, &matrix->row);
}

static void read_distances(const struct hmtctl *ctl,
			   struct propose_machine *machine,
			   const uint64_t *nodes)
{
	auto_text char *online = fs_read(ctl->root, NODE_DIR "/online");
	struct matrix matrix = {
		.ctl = ctl, .online = online,
		.row = { .machine = machine, .nodes = nodes },
	};

	if (online)
		each_number(online, read_row, &matrix);
}

bool machine_describe(const struct hmtctl *ctl, struct json_object *memories,
		      struct propose_machine *machine, char **left_out)
{
	uint64_t nodes[PROPOSE_MEMORIES];
	struct json_object *json;
	size_t length, i;
	FILE *out = must(open_memstream(left_out, &length));
	bool fits = true;

	machine->count = 0;
	for (i = 0; i < json_object_array_length(memories); i++) {
		json = json_object_array_get_idx(memories, i);
		if (json_signed(json, "numa_node") < 0) {
			fprintf(out, " %s", json_text(json, "name"));
			continue;
		}
		fits = machine->count < PROPOSE_MEMORIES;
		if (!fits)
			break;
		nodes[machine->count] = json_number(json, "numa_node");
		describe_memory(json, &machine->memories[machine->count++]);
	}
	fclose(out);
	must(*left_out);
	if (fits)
		read_distances(ctl, machine, nodes);
	return fits;
}
