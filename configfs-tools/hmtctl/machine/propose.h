/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tiers and demotion targets for a machine, computed from numbers only: no file
 * is read or written.
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

/* Add @node to @set; PROPOSE_NODES and higher numbers are ignored. */
void node_set_add(struct node_set *set, unsigned int node);

/**
 * struct propose_memory - one memory as the kernel describes it
 * @name: its name; not copied
 * @kind: its kind; not copied
 * @cpus: true for the memory of a node with CPUs
 * @measured: true if the numbers are from firmware or a driver, not from
 *	distance
 * @latency: read latency for the nearest CPUs, in ns
 * @bandwidth: read bandwidth in 10^6 bytes per second, 0 if unknown
 * @near: distance from the nearest CPUs, 10 is local; 0 if unknown
 * @initiators: nodes whose CPUs are nearest
 * @distance: distance to each memory of the machine, 10 is local; 0 if unknown
 */
struct propose_memory {
	const char *name;
	const char *kind;
	bool cpus;
	bool measured;
	uint64_t latency;
	uint64_t bandwidth;
	unsigned int near;
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
 * @why: reason for the place of each target
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
 * @basis: criterion of the order of levels
 * @crowded: number of sets of CPUs that share the tiers of a level, because
 *	tiers of their own do not fit; else 0
 * @nr_tiers: entries in @tiers
 * @tiers: fastest first
 */
struct proposal {
	const char *basis;
	unsigned int crowded;
	unsigned int nr_tiers;
	struct propose_tier tiers[HMT_TIERS_MAX];
};

/*
 * Fill @proposal. Returns false if there is no memory, or if there are more
 * memories than the tiers of the kernel can hold.
 */
bool propose(const struct propose_machine *machine, struct proposal *proposal);

/*
 * Check whether memory @index may be HBM that firmware does not describe: it has
 * no CPUs, only its distance is known, and CPUs have it nearer than the memory
 * of other CPUs.
 */
bool propose_may_be_hbm(const struct propose_machine *machine, size_t index);

#endif
