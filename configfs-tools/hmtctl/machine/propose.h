/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which tiers and targets fit a machine. A function of numbers: nothing here
 * reads a file, writes one, or knows where the numbers come from.
 */
#ifndef HMTCTL_PROPOSE_H
#define HMTCTL_PROPOSE_H

#include <linux/hmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROPOSE_MEMORIES	64
#define PROPOSE_NODES		1024
#define PROPOSE_TEXT		256

struct node_set {
	uint64_t words[PROPOSE_NODES / 64];
};

/* Nodes from PROPOSE_NODES on are passed over. */
void node_set_add(struct node_set *set, unsigned int node);

/**
 * struct propose_memory - one memory as the kernel describes it
 * @name: its name; not copied
 * @kind: its kind; not copied
 * @cpus: it is the memory of a node with CPUs
 * @measured: the numbers come from firmware or a driver, not from distance
 * @latency: of reads, in nanoseconds, seen by the nearest CPUs
 * @bandwidth: of reads, in 10^6 bytes a second, 0 when unknown
 * @initiators: nodes whose CPUs are nearest
 * @distance: to each memory of the machine, 10 being local; 0 when unknown
 */
struct propose_memory {
	const char *name;
	const char *kind;
	bool cpus;
	bool measured;
	uint64_t latency;
	uint64_t bandwidth;
	struct node_set initiators;
	unsigned int distance[PROPOSE_MEMORIES];
};

struct propose_machine {
	size_t count;
	struct propose_memory memories[PROPOSE_MEMORIES];
};

/**
 * struct propose_tier - one tier of a proposal
 * @name: its name
 * @level: 0 for the fastest; tiers of one level are peers
 * @nr_memories: entries in @memories
 * @memories: indices into the machine
 * @nr_targets: entries in @targets
 * @targets: indices into the proposal, first choice first
 * @why: for each target, why it has this place
 */
struct propose_tier {
	char name[HMT_NAME_MAX + 1];
	unsigned int level;
	unsigned int nr_memories;
	unsigned int memories[HMT_TIER_MEMORIES_MAX];
	unsigned int nr_targets;
	unsigned int targets[HMT_TIERS_MAX];
	char why[HMT_TIERS_MAX][PROPOSE_TEXT];
};

/**
 * struct proposal - tiers for a machine
 * @basis: what the order of the levels was taken from
 * @nr_tiers: entries in @tiers
 * @tiers: fastest first
 */
struct proposal {
	const char *basis;
	unsigned int nr_tiers;
	struct propose_tier tiers[HMT_TIERS_MAX];
};

/*
 * Fill @proposal. False when there is no memory, or when there are more than
 * the kernel can hold in its tiers.
 */
bool propose(const struct propose_machine *machine, struct proposal *proposal);

#endif
