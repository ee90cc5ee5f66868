// SPDX-License-Identifier: GPL-2.0
/*
 * Memories are sorted into levels of about equal speed. A level is one tier if
 * it is equally near to all CPUs. Otherwise memories with the same nearest CPUs
 * form a tier, so that every socket has its own near target. A tier demotes to
 * the tiers of the next level, nearest first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/propose.h"

/* Largest difference within a level, in per cent. */
#define SAME_SPEED	10
#define FAR_AWAY	255

/**
 * struct sorting - order and levels of the memories of a machine
 * @machine: the machine
 * @measured: all numbers are measured, so that they alone decide; else kind and
 *	distance do, because measured numbers and those that are made from
 *	distance do not compare
 * @rates: all bandwidths are known, so that they count
 * @order: indices of memories, fastest first
 * @level: level of each memory, by index
 * @nr_levels: number of levels
 * @sockets: number of memories with CPUs
 */
struct sorting {
	const struct propose_machine *machine;
	bool measured;
	bool rates;
	unsigned int order[PROPOSE_MEMORIES];
	unsigned int level[PROPOSE_MEMORIES];
	unsigned int nr_levels;
	unsigned int sockets;
};

void node_set_add(struct node_set *set, unsigned int node)
{
	if (node < PROPOSE_NODES)
		set->words[node / 64] |= UINT64_C(1) << node % 64;
}

static bool node_sets_meet(const struct node_set *a, const struct node_set *b)
{
	size_t i;

	for (i = 0; i < PROPOSE_NODES / 64; i++)
		if (a->words[i] & b->words[i])
			return true;
	return false;
}

static bool node_sets_equal(const struct node_set *a, const struct node_set *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void node_set_join(struct node_set *to, const struct node_set *from)
{
	size_t i;

	for (i = 0; i < PROPOSE_NODES / 64; i++)
		to->words[i] |= from->words[i];
}

/* Latency that the kernel assumes for a distance of 1, in ns. */
#define NS_PER_DISTANCE	10

/* Return the distance from the nearest CPUs; 0 if it is unknown. */
static double cpu_distance(const struct propose_memory *memory)
{
	if (memory->near || memory->measured)
		return memory->near;
	return (double)memory->latency / NS_PER_DISTANCE;
}

/*
 * Return the cost of an access: as in the kernel's abstract distance if it is
 * measured for all memories, else the distance, also of those that have numbers.
 */
static double access_cost(const struct sorting *sorting, unsigned int index)
{
	const struct propose_memory *memory =
		&sorting->machine->memories[index];

	if (!sorting->measured)
		return cpu_distance(memory);
	if (!sorting->rates)
		return memory->latency;
	return (double)memory->latency / memory->bandwidth;
}

static int kind_rank(const char *kind)
{
	static const char *const kinds[] = { "hbm", "dram", "cxl", "pmem" };
	int rank;

	for (rank = 0; rank < 4; rank++)
		if (!strcmp(kinds[rank], kind))
			break;
	return rank;
}

static int memory_rank(const struct sorting *sorting, unsigned int index)
{
	return kind_rank(sorting->machine->memories[index].kind);
}

/* Compare the kind before the distance. */
static bool is_slower(const struct sorting *sorting, unsigned int a,
		      unsigned int b)
{
	double cost_a = access_cost(sorting, a), cost_b = access_cost(sorting,
								      b);
	int rank_a = memory_rank(sorting, a), rank_b = memory_rank(sorting, b);

	if (!sorting->measured && rank_a != rank_b)
		return rank_a > rank_b;
	if (cost_a != cost_b)
		return cost_a > cost_b;
	return a > b;
}

static void sort_memories(struct sorting *sorting)
{
	unsigned int *order = sorting->order;
	size_t i, j;

	for (i = 0; i < sorting->machine->count; i++) {
		for (j = i; j && is_slower(sorting, order[j - 1], i); j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

static bool same_level(const struct sorting *sorting, unsigned int fast,
		       unsigned int slow)
{
	if (!sorting->measured && memory_rank(sorting,
					      fast) != memory_rank(sorting,
								   slow))
		return false;
	return access_cost(sorting, slow) * 100 <=
	       access_cost(sorting, fast) * (100 + SAME_SPEED);
}

static void find_levels(struct sorting *sorting)
{
	unsigned int first = sorting->order[0];
	unsigned int level = 0;
	size_t i;

	for (i = 0; i < sorting->machine->count; i++) {
		/* Levels beyond the limit of the kernel share the last one. */
		if (!same_level(sorting, first, sorting->order[i]) &&
		    level < HMT_TIERS_MAX - 1) {
			first = sorting->order[i];
			level++;
		}
		sorting->level[sorting->order[i]] = level;
	}
	sorting->nr_levels = level + 1;
}

static void sort_machine(const struct propose_machine *machine,
			 struct sorting *sorting)
{
	size_t i;

	*sorting = (struct sorting) {
		.machine = machine, .measured = true, .rates = true,
	};
	for (i = 0; i < machine->count; i++) {
		sorting->measured &= machine->memories[i].measured;
		sorting->rates &= machine->memories[i].bandwidth > 0;
		sorting->sockets += machine->memories[i].cpus;
	}
	sort_memories(sorting);
	find_levels(sorting);
}

/**
 * enum cut - division of a level into tiers
 * @CUT_BY_LEVEL: one tier
 * @CUT_BY_CPUS: a tier for each set of nearest CPUs
 * @CUT_BY_MEMORY: a tier for each memory
 */
enum cut { CUT_BY_LEVEL, CUT_BY_CPUS, CUT_BY_MEMORY };

static bool belongs_to_tier(const struct sorting *sorting,
			    const struct propose_tier *tier, unsigned int index,
			    enum cut cut)
{
	const struct propose_memory *memories = sorting->machine->memories;

	if (tier->level != sorting->level[index] || cut == CUT_BY_MEMORY)
		return false;
	return cut == CUT_BY_LEVEL ||
	       node_sets_equal(&memories[tier->memories[0]].initiators,
			       &memories[index].initiators);
}

static bool add_to_tier(struct propose_tier *tier, unsigned int index)
{
	if (tier->nr_memories == HMT_TIER_MEMORIES_MAX)
		return false;
	tier->memories[tier->nr_memories++] = index;
	return true;
}

/* Add a memory to its tier, which is tier @first or later, or to a new tier. */
static bool place_memory(const struct sorting *sorting, unsigned int index,
			 enum cut cut, unsigned int first,
			 struct proposal *proposal)
{
	struct propose_tier *tier;
	unsigned int i;

	for (i = first; i < proposal->nr_tiers; i++)
		if (belongs_to_tier(sorting, &proposal->tiers[i], index, cut))
			return add_to_tier(&proposal->tiers[i], index);
	if (proposal->nr_tiers == HMT_TIERS_MAX)
		return false;
	tier = &proposal->tiers[proposal->nr_tiers++];
	memset(tier, 0, sizeof(*tier));
	tier->level = sorting->level[index];
	return add_to_tier(tier, index);
}

/*
 * Cut a level in the order of the machine, so that peers are in the order of
 * nodes.
 */
static bool cut_level(const struct sorting *sorting, unsigned int level,
		      enum cut cut, struct proposal *proposal)
{
	unsigned int first = proposal->nr_tiers;
	size_t i;

	for (i = 0; i < sorting->machine->count; i++)
		if (sorting->level[i] == level &&
		    !place_memory(sorting, i, cut, first, proposal))
			return false;
	return true;
}

/*
 * Cut all levels. If a level had fewer tiers than the level above, a tier would
 * be the first choice of several: make each of its memories a tier.
 */
static bool cut_all(const struct sorting *sorting, enum cut cut,
		    struct proposal *proposal)
{
	unsigned int level, first, above = 0;

	proposal->nr_tiers = 0;
	for (level = 0; level < sorting->nr_levels; level++) {
		first = proposal->nr_tiers;
		if (!cut_level(sorting, level, cut, proposal))
			return false;
		if (cut == CUT_BY_CPUS && proposal->nr_tiers - first < above) {
			proposal->nr_tiers = first;
			if (!cut_level(sorting, level, CUT_BY_MEMORY, proposal))
				return false;
		}
		above = proposal->nr_tiers - first;
	}
	return true;
}

static bool make_tiers(const struct sorting *sorting,
		       struct proposal *proposal)
{
	bool apart = sorting->sockets > 1 && sorting->nr_levels > 1;

	if (apart && cut_all(sorting, CUT_BY_CPUS, proposal))
		return true;
	proposal->crowded = apart ? sorting->sockets : 0;
	return cut_all(sorting, CUT_BY_LEVEL, proposal);
}

/* Return the distance from the CPUs of one node to the farthest others. */
static unsigned int farthest_cpus(const struct propose_machine *machine)
{
	const struct propose_memory *memories = machine->memories;
	unsigned int far = 0;
	size_t i, j;

	for (i = 0; i < machine->count; i++)
		for (j = 0; j < machine->count; j++)
			if (i != j && memories[i].cpus && memories[j].cpus &&
			    memories[i].distance[j] > far)
				far = memories[i].distance[j];
	return far;
}

bool propose_may_be_hbm(const struct propose_machine *machine, size_t index)
{
	const struct propose_memory *memory = &machine->memories[index];

	return !memory->cpus && !memory->measured &&
	       !strcmp(memory->kind, "dram") &&
	       cpu_distance(memory) < farthest_cpus(machine);
}

static bool level_has_cpus(const struct sorting *sorting, unsigned int level)
{
	size_t i;

	for (i = 0; i < sorting->machine->count; i++)
		if (sorting->level[i] == level &&
		    sorting->machine->memories[i].cpus)
			return true;
	return false;
}

/* Return the common name of the memories of a level. */
static const char *level_name(const struct sorting *sorting,
			      unsigned int level)
{
	const char *kind = NULL;
	size_t i;

	for (i = 0; i < sorting->machine->count; i++) {
		if (sorting->level[i] != level)
			continue;
		if (kind && strcmp(kind, sorting->machine->memories[i].kind))
			kind = "dram";
		else
			kind = sorting->machine->memories[i].kind;
	}
	if (strcmp(kind, "dram") || level_has_cpus(sorting, level))
		return kind;
	/* The kernel reports dram if the kind is unknown. */
	for (i = 0; i < level; i++)
		if (level_has_cpus(sorting, i))
			return "far";
	return i + 1 < sorting->nr_levels ? "fast" : "dram";
}

/* Count the levels above with the same name. */
static unsigned int count_namesakes(const struct sorting *sorting,
				    unsigned int level)
{
	const char *name = level_name(sorting, level);
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < level; i++)
		count += !strcmp(level_name(sorting, i), name);
	return count;
}

static unsigned int count_peers(const struct proposal *proposal,
				unsigned int level)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < proposal->nr_tiers; i++)
		count += proposal->tiers[i].level == level;
	return count;
}

/* Return "12" for "node12"; return a name without a number unchanged. */
static const char *name_number(const char *name)
{
	const char *digits = name + strcspn(name, "0123456789");

	return *digits ? digits : name;
}

/*
 * Name a tier "far", "far2" in the next level of that name, or "far-4" if it
 * has peers.
 */
static void name_tier(const struct sorting *sorting,
		      const struct proposal *proposal,
		      struct propose_tier *tier)
{
	const struct propose_memory *memory =
		&sorting->machine->memories[tier->memories[0]];
	unsigned int more = count_namesakes(sorting, tier->level);
	bool alone = count_peers(proposal, tier->level) == 1;
	char count[12] = "";

	if (more)
		snprintf(count, sizeof(count), "%u", more + 1);
	snprintf(tier->name, sizeof(tier->name), "%.8s%s%s%.10s",
		 level_name(sorting, tier->level), count, alone ? "" : "-",
		 alone ? "" : name_number(memory->name));
}

static struct node_set tier_cpus(const struct propose_machine *machine,
				 const struct propose_tier *tier)
{
	struct node_set set = { };
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		node_set_join(&set,
			      &machine->memories[tier->memories[i]].initiators);
	return set;
}

static unsigned int tier_distance(const struct propose_machine *machine,
				  const struct propose_tier *from,
				  const struct propose_tier *to)
{
	unsigned int best = FAR_AWAY;
	unsigned int i, j, one;

	for (i = 0; i < from->nr_memories; i++)
		for (j = 0; j < to->nr_memories; j++) {
			one = machine->memories[from->memories[i]]
				.distance[to->memories[j]];
			if (one && one < best)
				best = one;
		}
	return best;
}

/**
 * struct target - one tier of the next level, seen from a tier above
 * @tier: its index
 * @near: both tiers are among the nearest of some CPUs
 * @distance: distance between the two
 * @load: number of tiers whose first choice it is already
 */
struct target {
	unsigned int tier;
	bool near;
	unsigned int distance;
	unsigned int load;
};

static int compare_targets(const void *one, const void *two)
{
	const struct target *a = one, *b = two;

	if (a->near != b->near)
		return a->near ? -1 : 1;
	if (a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	if (a->load != b->load)
		return a->load < b->load ? -1 : 1;
	return a->tier < b->tier ? -1 : 1;
}

static unsigned int first_choices(const struct proposal *proposal,
				  unsigned int target)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < proposal->nr_tiers; i++)
		count += proposal->tiers[i].nr_targets &&
			 proposal->tiers[i].targets[0] == target;
	return count;
}

static unsigned int rank_targets(const struct propose_machine *machine,
				 const struct proposal *proposal,
				 const struct propose_tier *tier,
				 struct target *targets)
{
	struct node_set own = tier_cpus(machine, tier);
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < proposal->nr_tiers; i++) {
		const struct propose_tier *other = &proposal->tiers[i];
		struct node_set cpus = tier_cpus(machine, other);

		if (other->level != tier->level + 1)
			continue;
		targets[count++] = (struct target) {
			.tier = i,
			.near = node_sets_meet(&own, &cpus),
			.distance = tier_distance(machine, tier, other),
			.load = first_choices(proposal, i),
		};
	}
	qsort(targets, count, sizeof(*targets), compare_targets);
	return count;
}

static void explain_place(const struct propose_machine *machine,
			  const struct proposal *proposal,
			  const struct target *targets, unsigned int place,
			  bool shared, char *why)
{
	const struct target *target = &targets[place];
	const struct propose_memory *memory =
		&machine->memories[proposal->tiers[target->tier].memories[0]];
	const char *near = target->near ? "near the same CPUs, " : "";
	char numbers[64] = "";
	int length = 0;

	if (target->distance < FAR_AWAY)
		length = snprintf(numbers, sizeof(numbers), "distance %u, ",
				  target->distance);
	snprintf(numbers + length, sizeof(numbers) - length, "%llu ns",
		 (unsigned long long)memory->latency);
	if (place)
		snprintf(why, PROPOSE_TEXT, "when %s is full: %s%s",
			 proposal->tiers[targets[place - 1].tier].name, near,
			 numbers);
	else if (shared)
		snprintf(why, PROPOSE_TEXT,
			 "next level, as near as others and not yet a first choice: %s%s",
			 near, numbers);
	else
		snprintf(why, PROPOSE_TEXT, "next level, nearest: %s%s", near,
			 numbers);
}

static void link_tier(const struct propose_machine *machine,
		      struct proposal *proposal, struct propose_tier *tier)
{
	struct target targets[HMT_TIERS_MAX];
	unsigned int count = rank_targets(machine, proposal, tier, targets);
	bool shared = count > 1 && targets[0].near == targets[1].near &&
		      targets[0].distance == targets[1].distance &&
		      targets[0].load < targets[1].load;
	unsigned int i;

	for (i = 0; i < count; i++) {
		tier->targets[i] = targets[i].tier;
		explain_place(machine, proposal, targets, i, shared && !i,
			      tier->why[i]);
	}
	tier->nr_targets = count;
}

/* Return the additional distance of the second choice. */
static int second_choice_loss(const struct propose_machine *machine,
			      const struct proposal *proposal,
			      const struct propose_tier *tier)
{
	return (int)tier_distance(machine, tier,
				  &proposal->tiers[tier->targets[1]]) -
	       (int)tier_distance(machine, tier,
				  &proposal->tiers[tier->targets[0]]);
}

static void swap_targets(const struct proposal *proposal,
			 struct propose_tier *tier)
{
	unsigned int first = tier->targets[0];

	tier->targets[0] = tier->targets[1];
	tier->targets[1] = first;
	snprintf(tier->why[0], PROPOSE_TEXT,
		 "next level, leaves %s, which is nearer, to its peers",
		 proposal->tiers[first].name);
	snprintf(tier->why[1], PROPOSE_TEXT, "when %s is full",
		 proposal->tiers[tier->targets[0]].name);
}

/*
 * If all tiers of a level have the same first choice, give another one to the
 * tier with the smallest loss.
 */
static void spread_level(const struct propose_machine *machine,
			 struct proposal *proposal, unsigned int level)
{
	struct propose_tier *tier, *least = NULL;
	int lost, least_lost = 0;
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < proposal->nr_tiers; i++) {
		tier = &proposal->tiers[i];
		if (tier->level != level)
			continue;
		if (tier->nr_targets < 2 ||
		    (least && tier->targets[0] != least->targets[0]))
			return;
		lost = second_choice_loss(machine, proposal, tier);
		if (!least || lost <= least_lost) {
			least = tier;
			least_lost = lost;
		}
		count++;
	}
	if (count > 1)
		swap_targets(proposal, least);
}

static const char *sorting_basis(const struct sorting *sorting)
{
	if (!sorting->measured)
		return "kind and distance, as firmware says no more";
	if (!sorting->rates)
		return "latency";
	return "latency and bandwidth";
}

bool propose(const struct propose_machine *machine, struct proposal *proposal)
{
	struct sorting sorting;
	unsigned int i;

	memset(proposal, 0, sizeof(*proposal));
	if (!machine->count || machine->count > PROPOSE_MEMORIES)
		return false;
	sort_machine(machine, &sorting);
	if (!make_tiers(&sorting, proposal))
		return false;
	proposal->basis = sorting_basis(&sorting);
	for (i = 0; i < proposal->nr_tiers; i++)
		name_tier(&sorting, proposal, &proposal->tiers[i]);
	for (i = 0; i < proposal->nr_tiers; i++)
		link_tier(machine, proposal, &proposal->tiers[i]);
	for (i = 0; i < sorting.nr_levels; i++)
		spread_level(machine, proposal, i);
	return true;
}
