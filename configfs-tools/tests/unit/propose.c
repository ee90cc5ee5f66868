// SPDX-License-Identifier: GPL-2.0
/* Proposals for machines of all shapes. Prints TAP. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "machine/propose.h"

static struct propose_machine machine;
static struct proposal proposal;
static unsigned int number;
static unsigned int failures;

static void ok(bool good, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	failures += !good;
}

/**
 * struct node - a memory, shortly
 * @kind: its kind
 * @cpus: the node has CPUs
 * @latency: in ns
 * @bandwidth: in MB/s
 * @near: nodes with the nearest CPUs, ending with -1
 */
struct node {
	const char *kind;
	bool cpus;
	unsigned int latency;
	unsigned int bandwidth;
	int near[3];
};

/* Nodes 0 to @count - 1, @distances row by row (NULL: 10 and 20). */
static void build(const struct node *nodes, size_t count,
		  const unsigned int *distances, bool measured)
{
	static const char *const names[] = {
		"node0", "node1", "node2", "node3", "node4", "node5", "node6",
		"node7", "node8", "node9"
	};
	struct propose_memory *memory;
	size_t i, j;

	memset(&machine, 0, sizeof(machine));
	machine.count = count;
	for (i = 0; i < count; i++) {
		memory = &machine.memories[i];
		memory->name = names[i];
		memory->kind = nodes[i].kind;
		memory->cpus = nodes[i].cpus;
		memory->measured = measured;
		memory->latency = nodes[i].latency;
		memory->bandwidth = nodes[i].bandwidth;
		for (j = 0; j < 3 && nodes[i].near[j] >= 0; j++)
			node_set_add(&memory->initiators, nodes[i].near[j]);
		for (j = 0; j < count; j++)
			memory->distance[j] = distances ?
				distances[i * count + j] : i == j ? 10 : 20;
	}
}

/* "dram:0>cxl cxl:1>pmem pmem:2": tiers, memories, targets in order. */
static const char *shape(void)
{
	static char text[4096];
	const struct propose_tier *tier;
	size_t at = 0;
	unsigned int i, j;

	text[0] = '\0';
	for (i = 0; i < proposal.nr_tiers; i++) {
		tier = &proposal.tiers[i];
		at += sprintf(text + at, "%s%s:", i ? " " : "", tier->name);
		for (j = 0; j < tier->nr_memories; j++)
			at += sprintf(text + at, "%s%u", j ? "," : "",
				      tier->memories[j]);
		for (j = 0; j < tier->nr_targets; j++)
			at += sprintf(text + at, "%s%s", j ? "," : ">",
				      proposal.tiers[tier->targets[j]].name);
	}
	return text;
}

static void expect(const char *what, const char *wanted)
{
	bool made = propose(&machine, &proposal);
	unsigned int i, j, silent = 0;

	ok(made && !strcmp(shape(), wanted), "%s: %s", what, wanted);
	if (!made || strcmp(shape(), wanted))
		printf("# proposed: %s\n", made ? shape() : "nothing");
	for (i = 0; i < proposal.nr_tiers; i++)
		for (j = 0; j < proposal.tiers[i].nr_targets; j++)
			silent += !proposal.tiers[i].why[j][0];
	ok(!silent, "%s: every edge has a reason", what);
}

static void expect_basis(const char *wanted)
{
	ok(!strcmp(proposal.basis, wanted), "by %s", wanted);
}

static void single_socket(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 100000, { 0, -1 } },
		{ "cxl", false, 250, 30000, { 0, -1 } },
		{ "pmem", false, 400, 10000, { 0, -1 } },
	};
	static const struct node turned[] = {
		{ "pmem", false, 400, 10000, { 2, -1 } },
		{ "cxl", false, 250, 30000, { 2, -1 } },
		{ "dram", true, 100, 100000, { 2, -1 } },
	};

	build(nodes, 3, NULL, true);
	expect("one socket, cxl and pmem",
	       "dram:0>cxl cxl:1>pmem pmem:2");
	expect_basis("latency and bandwidth");
	build(turned, 3, NULL, true);
	expect("the order of nodes means nothing",
	       "dram:2>cxl cxl:1>pmem pmem:0");
}

static void two_sockets(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 100000, { 0, -1 } },
		{ "dram", true, 100, 100000, { 1, -1 } },
		{ "cxl", false, 250, 30000, { 0, -1 } },
		{ "cxl", false, 250, 30000, { 1, -1 } },
	};
	static const unsigned int distances[] = {
		10, 21, 20, 31,
		21, 10, 31, 20,
		20, 31, 10, 45,
		31, 20, 45, 10,
	};

	build(nodes, 4, distances, true);
	expect("two sockets with a cxl each",
	       "dram-0:0>cxl-2,cxl-3 dram-1:1>cxl-3,cxl-2 cxl-2:2 cxl-3:3");
	ok(strstr(proposal.tiers[0].why[0], "same CPUs"),
	   "the first choice is that of the same CPUs");
	ok(strstr(proposal.tiers[0].why[1], "when cxl-2 is full"),
	   "the second is for a full first");
}

/* Both expanders are as near to one socket as to the other. */
static void shared_peers(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "dram", true, 100, 0, { 1, -1 } },
		{ "cxl", false, 250, 0, { 0, 1, -1 } },
		{ "cxl", false, 250, 0, { 0, 1, -1 } },
	};
	static const unsigned int skewed[] = {
		10, 21, 20, 22,
		21, 10, 30, 31,
		20, 30, 10, 45,
		22, 31, 45, 10,
	};

	build(nodes, 4, NULL, true);
	expect("two sockets that share two cxl",
	       "dram-0:0>cxl-2,cxl-3 dram-1:1>cxl-3,cxl-2 cxl-2:2 cxl-3:3");
	expect_basis("latency");
	ok(strstr(proposal.tiers[1].why[0], "not yet a first choice"),
	   "the reason is that the other is taken");
	build(nodes, 4, skewed, true);
	expect("one cxl is nearer to both",
	       "dram-0:0>cxl-2,cxl-3 dram-1:1>cxl-3,cxl-2 cxl-2:2 cxl-3:3");
	ok(strstr(proposal.tiers[1].why[0], "leaves cxl-2"),
	   "who loses least leaves it");
}

/* Both expanders are behind socket 0: socket 1 still gets one of its own. */
static void one_sided(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "dram", true, 100, 0, { 1, -1 } },
		{ "cxl", false, 250, 0, { 0, -1 } },
		{ "cxl", false, 250, 0, { 0, -1 } },
	};
	static const struct node one[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "dram", true, 100, 0, { 1, -1 } },
		{ "cxl", false, 250, 0, { 0, -1 } },
	};

	build(nodes, 4, NULL, true);
	expect("two cxl behind one socket",
	       "dram-0:0>cxl-2,cxl-3 dram-1:1>cxl-3,cxl-2 cxl-2:2 cxl-3:3");
	build(one, 3, NULL, true);
	expect("one cxl behind one socket",
	       "dram-0:0>cxl dram-1:1>cxl cxl:2");
}

static void eight_nodes(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 100000, { 0, -1 } },
		{ "dram", true, 100, 100000, { 1, -1 } },
		{ "dram", false, 80, 400000, { 0, -1 } },
		{ "dram", false, 80, 400000, { 1, -1 } },
		{ "dram", false, 250, 30000, { 0, -1 } },
		{ "dram", false, 250, 30000, { 1, -1 } },
		{ "dram", false, 350, 20000, { 0, 1, -1 } },
		{ "dram", false, 500, 8000, { 0, 1, -1 } },
	};

	build(nodes, 8, NULL, true);
	expect("eight nodes: hbm, dram, expanders, far memory",
	       "fast-2:2>dram-0,dram-1 fast-3:3>dram-1,dram-0 dram-0:0>far-4,far-5 dram-1:1>far-5,far-4 far-4:4>far2 far-5:5>far2 far2:6>far3 far3:7");
}

static void hbm(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 100000, { 0, -1 } },
		{ "hbm", false, 120, 400000, { 0, -1 } },
	};

	build(nodes, 2, NULL, true);
	expect("hbm of higher latency and much higher bandwidth",
	       "hbm:1>dram dram:0");
}

static void no_hmat(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "cxl", false, 200, 0, { 0, -1 } },
		{ "pmem", false, 170, 0, { 0, -1 } },
	};
	static const struct node plain[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "dram", false, 200, 0, { 0, -1 } },
		{ "dram", false, 200, 0, { 0, -1 } },
	};

	build(nodes, 3, NULL, false);
	expect("without HMAT the kind decides",
	       "dram:0>cxl cxl:1>pmem pmem:2");
	expect_basis("kind and distance, as firmware says no more");
	build(plain, 3, NULL, false);
	expect("without HMAT and kinds, CPUs do", "dram:0>far far:1,2");
}

/*
 * Numbers of HMAT and distances do not compare: two equal expanders are one
 * tier, whether or not firmware describes one of them.
 */
static void hmat_for_some(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 110, 200000, { 0, -1 } },
		{ "dram", false, 380, 25000, { 0, -1 } },
		{ "dram", false, 240, 0, { 0, -1 } },
	};
	static const struct node slow[] = {
		{ "dram", true, 300, 200000, { 0, -1 } },
		{ "cxl", false, 240, 0, { 0, -1 } },
		{ "cxl", false, 900, 25000, { 0, -1 } },
		{ "cxl", false, 400, 0, { 0, -1 } },
	};
	static const unsigned int reach[] = { 10, 24, 24 };
	static const unsigned int slow_reach[] = { 10, 24, 24, 40 };
	size_t i;

	build(nodes, 3, NULL, false);
	for (i = 0; i < 3; i++) {
		machine.memories[i].measured = i < 2;
		machine.memories[i].near = reach[i];
	}
	expect("HMAT for one of two equal expanders", "dram:0>far far:1,2");
	expect_basis("kind and distance, as firmware says no more");
	build(slow, 4, NULL, false);
	for (i = 0; i < 4; i++) {
		machine.memories[i].measured = !(i & 1);
		machine.memories[i].near = slow_reach[i];
	}
	expect("HMAT for DRAM and a slow expander",
	       "dram:0>cxl cxl:1,2>cxl2 cxl2:3");
	ok(!strstr(proposal.tiers[0].why[0], "900 ns"),
	   "the reason names no number of another memory");
}

/* HBM that firmware gives a distance only. */
static void silent_hbm(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "dram", true, 100, 0, { 1, -1 } },
		{ "dram", false, 130, 0, { 0, -1 } },
		{ "dram", false, 310, 0, { 1, -1 } },
	};
	static const unsigned int distances[] = {
		10, 21, 13, 41,
		21, 10, 23, 31,
		13, 23, 10, 50,
		41, 31, 50, 10,
	};
	size_t i;

	build(nodes, 4, distances, false);
	ok(!propose_may_be_hbm(&machine, 0), "memory with CPUs is no HBM");
	ok(propose_may_be_hbm(&machine, 2),
	   "memory nearer than the other socket may be HBM");
	ok(!propose_may_be_hbm(&machine, 3), "farther memory is not");
	machine.memories[2].kind = "cxl";
	ok(!propose_may_be_hbm(&machine, 2), "memory of known kind is not");
	machine.memories[2].kind = "hbm";
	for (i = 0; i < 4; i++)
		machine.memories[i].near = i == 2 ? 13 : i == 3 ? 31 : 10;
	expect("the administrator knows that it is",
	       "hbm:2>dram-0,dram-1 dram-0:0>far dram-1:1>far far:3");
	machine.memories[2].kind = "dram";
	machine.memories[2].measured = true;
	ok(!propose_may_be_hbm(&machine, 2), "memory with numbers is not");
	machine.count = 1;
	ok(!propose_may_be_hbm(&machine, 0), "one memory is not");
}

static void one_memory(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
	};

	build(nodes, 1, NULL, false);
	expect("one memory", "dram:0");
	build(nodes, 0, NULL, false);
	ok(!propose(&machine, &proposal), "no memory: no proposal");
}

static void equal_numbers(void)
{
	static const struct node nodes[] = {
		{ "dram", true, 100, 50000, { 0, -1 } },
		{ "dram", true, 105, 50000, { 1, -1 } },
	};
	static const struct node edge[] = {
		{ "dram", true, 100, 0, { 0, -1 } },
		{ "dram", false, 110, 0, { 0, -1 } },
		{ "dram", false, 111, 0, { 0, -1 } },
	};

	build(nodes, 2, NULL, true);
	expect("equal memories are one tier", "dram:0,1");
	build(edge, 3, NULL, true);
	expect("10 percent are equal, 11 are not", "dram:0,1>far far:2");
}

/* More than fits: levels stay, sockets do not; then nothing. */
static void too_many(void)
{
	static struct node nodes[10];
	struct propose_memory *memory;
	size_t i;

	build(nodes, 0, NULL, true);
	machine.count = 20;
	for (i = 0; i < machine.count; i++) {
		memory = &machine.memories[i];
		memory->name = "memory";
		memory->kind = "dram";
		memory->cpus = i < 10;
		memory->measured = true;
		memory->latency = i < 10 ? 100 : 300;
		node_set_add(&memory->initiators, i % 10);
	}
	expect("ten sockets do not fit into 16 tiers",
	       "dram:0,1,2,3,4,5,6,7,8,9>far far:10,11,12,13,14,15,16,17,18,19");
	ok(proposal.crowded == 10, "which the proposal says");
	for (i = 0; i < machine.count; i++)
		machine.memories[i].latency = 100 << i;
	ok(propose(&machine, &proposal) && proposal.nr_tiers == 16 &&
	   proposal.tiers[15].nr_memories == 5,
	   "20 levels become 16");
	machine.count = PROPOSE_MEMORIES;
	for (i = 0; i < machine.count; i++) {
		machine.memories[i] = machine.memories[0];
		machine.memories[i].latency = 100;
	}
	ok(propose(&machine, &proposal) && proposal.nr_tiers == 1,
	   "64 alike are one tier");
	machine.count = PROPOSE_MEMORIES + 1;
	ok(!propose(&machine, &proposal), "65 are refused");
}

/* Everything that the kernel refuses at commit, for all small machines. */
static bool committable(void)
{
	const struct propose_tier *tier;
	bool touched[HMT_TIERS_MAX] = { };
	unsigned int i, j, seen = 0;

	for (i = 0; i < proposal.nr_tiers; i++) {
		tier = &proposal.tiers[i];
		seen += tier->nr_memories;
		if (!tier->nr_memories)
			return false;
		for (j = 0; j < tier->nr_targets; j++) {
			if (tier->targets[j] <= i)
				return false;
			touched[tier->targets[j]] = true;
			touched[i] = true;
		}
		for (j = 0; j < i; j++)
			if (!strcmp(proposal.tiers[j].name, tier->name))
				return false;
	}
	for (i = 0; proposal.nr_tiers > 1 && i < proposal.nr_tiers; i++)
		if (!touched[i])
			return false;
	return seen == machine.count;
}

/*
 * Check whether all tiers of a level have the same first target although the
 * next level has others.
 */
static bool crowded(void)
{
	unsigned int level, i, sources, targets, same, first;

	for (level = 0; level < HMT_TIERS_MAX; level++) {
		sources = 0;
		targets = 0;
		same = 0;
		first = 0;
		for (i = 0; i < proposal.nr_tiers; i++) {
			targets += proposal.tiers[i].level == level + 1;
			if (proposal.tiers[i].level != level ||
			    !proposal.tiers[i].nr_targets)
				continue;
			if (!sources++)
				first = proposal.tiers[i].targets[0];
			same += proposal.tiers[i].targets[0] == first;
		}
		if (sources > 1 && targets > 1 && same == sources)
			return true;
	}
	return false;
}

static unsigned int draw(unsigned int *state, unsigned int bound)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % bound;
}

static void any_machine(void)
{
	static const char *const kinds[] = { "dram", "hbm", "cxl", "pmem" };
	unsigned int state = 1, run, bad = 0, crowds = 0;
	struct node nodes[10];
	unsigned int distances[100];
	size_t count, i;

	for (run = 0; run < 20000; run++) {
		count = 1 + draw(&state, 10);
		for (i = 0; i < count; i++)
			nodes[i] = (struct node) {
				.kind = kinds[draw(&state, 4)],
				.cpus = draw(&state, 2),
				.latency = 100 * (1 + draw(&state, 4)),
				.bandwidth = draw(&state, 3),
				.near = { draw(&state, 3), -1 },
			};
		for (i = 0; i < count * count; i++)
			distances[i] = draw(&state, 40);
		build(nodes, count, distances, draw(&state, 2));
		bad += !propose(&machine, &proposal) || !committable();
		crowds += crowded();
	}
	ok(!bad, "all of 20000 machines get a graph that can be committed");
	ok(!crowds, "on none a target is everyone's first choice");
}

int main(void)
{
	single_socket();
	two_sockets();
	shared_peers();
	one_sided();
	eight_nodes();
	hbm();
	no_hmat();
	hmat_for_some();
	silent_hbm();
	one_memory();
	equal_numbers();
	too_many();
	any_machine();
	printf("1..%u\n", number);
	return failures ? 1 : 0;
}
