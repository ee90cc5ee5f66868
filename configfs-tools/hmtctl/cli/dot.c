// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli/dot.h"
#include "cli/output.h"
#include "util/units.h"

static void print_quoted(const char *prefix, const char *text)
{
	printf("\"%s", prefix);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void print_dot_size(struct json_object *memory, const char *key)
{
	char text[UNITS_LEN];

	human_size(json_number(memory, key), text);
	fputs(text, stdout);
}

static void print_dot_latency(struct json_object *memory, const char *key)
{
	const char *text = json_text(memory, key);

	if (text)
		printf("%s ns", text);
	else
		printf("unknown");
}

static void print_dot_memory(struct json_object *memory)
{
	printf("\t\t");
	print_quoted("", json_text(memory, "name"));
	printf(" [label=\"\\N\\n%s ", json_text(memory, "kind"));
	print_dot_size(memory, "size");
	printf(", ");
	print_dot_size(memory, "available");
	printf(" free\\nread ");
	print_dot_latency(memory, "read_latency");
	printf(", write ");
	print_dot_latency(memory, "write_latency");
	printf("\"];\n");
}

static const char *tier_of(struct json_object *memories, size_t i)
{
	return json_text(json_object_array_get_idx(memories, i), "tier");
}

/* Check whether memory @i is the first of its tier. */
static bool opens_tier(struct json_object *memories, size_t i)
{
	const char *tier = tier_of(memories, i);
	size_t before;

	for (before = 0; before < i; before++)
		if (!strcmp(tier_of(memories, before), tier))
			return false;
	return true;
}

static void print_dot_tier(struct json_object *memories, size_t first)
{
	const char *tier = tier_of(memories, first);
	bool none = !*tier || !strcmp(tier, "none");
	size_t i;

	/*
	 * Graphviz draws a box around a subgraph named "cluster...". No tier has a
	 * name with a blank.
	 */
	printf("\tsubgraph ");
	print_quoted("cluster_", none ? "no tier" : tier);
	printf(" {\n\t\tlabel=");
	print_quoted("", none ? "in no tier" : tier);
	printf(none ? "; style=\"rounded,dashed\";\n" : ";\n");
	for (i = first; i < json_object_array_length(memories); i++)
		if (!strcmp(tier_of(memories, i), tier))
			print_dot_memory(json_object_array_get_idx(memories,
								   i));
	printf("\t}\n");
}

static void print_dot_edge(struct json_object *edge)
{
	bool demotes = !strcmp(json_text(edge, "direction"), "demote");

	printf("\t");
	print_quoted("", json_text(edge, "from"));
	printf(" -> ");
	print_quoted("", json_text(edge, "to"));
	if (demotes)
		printf(" [color=\"#0072b2\", label=\"#%s, demoted ",
		       json_text(edge, "order"));
	else
		printf(" [color=\"#d55e00\", style=dashed, constraint=false, label=\"moved ");
	printf("%llu\"];\n",
	       (unsigned long long)json_number(edge, "moved"));
}

void print_dot(struct json_object *memories, struct json_object *edges)
{
	size_t i;

	puts("digraph hmt {");
	puts("\tgraph [fontname=\"DejaVu Sans\", fontsize=12, labeljust=l];\n"
	     "\tgraph [style=\"rounded,filled\", color=\"#bbbbbb\"];\n"
	     "\tgraph [fillcolor=\"#f0f4f8\", nodesep=1, ranksep=0.7];\n"
	     "\tnode [shape=box, style=\"rounded,filled\", color=\"#666666\"];\n"
	     "\tnode [fillcolor=white, fontname=\"DejaVu Sans\", fontsize=11];\n"
	     "\tedge [fontname=\"DejaVu Sans\", fontsize=10];");
	for (i = 0; i < json_object_array_length(memories); i++)
		if (opens_tier(memories, i))
			print_dot_tier(memories, i);
	for (i = 0; i < json_object_array_length(edges); i++)
		print_dot_edge(json_object_array_get_idx(edges, i));
	puts("}");
}
