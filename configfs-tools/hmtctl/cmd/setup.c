// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/configfs.h"
#include "hmtfs/sysfs.h"
#include "hmtfs/tree.h"
#include "machine/machine.h"
#include "machine/propose.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/limits.h"
#include "util/units.h"
#include "util/words.h"

struct setup_values {
	bool dry_run;
	bool yes;
	bool json;
	const char *hbm;
};

#define PLACE(member) offsetof(struct setup_values, member)

static const struct option_spec options[] = {
	{ 'n', "dry-run", NULL, "propose, never write", OPT_FLAG,
	  PLACE(dry_run), NULL },
	{ 'y', "yes", NULL, "write without asking", OPT_FLAG, PLACE(yes),
	  NULL },
	{ 'j', "json", NULL, "propose as JSON, for 'hmtctl restore'; never write",
	  OPT_FLAG, PLACE(json), NULL },
	{ 0, "hbm", "NODE,...", "these are HBM, which firmware does not describe",
	  OPT_TEXT, PLACE(hbm), NULL },
	{ }
};

static void print_proposed_memory(const struct propose_memory *memory)
{
	printf(" %s (%s, %llu ns", memory->name, memory->kind,
	       (unsigned long long)memory->latency);
	if (memory->bandwidth)
		printf(", %llu MB/s", (unsigned long long)memory->bandwidth);
	fputs(memory->cpus ? ", CPUs)" : ")", stdout);
}

static void print_proposed_tier(const struct propose_machine *machine,
				const struct proposal *proposal,
				const struct propose_tier *tier)
{
	unsigned int i;

	printf("%s:", tier->name);
	for (i = 0; i < tier->nr_memories; i++)
		print_proposed_memory(&machine->memories[tier->memories[i]]);
	putchar('\n');
	for (i = 0; i < tier->nr_targets; i++)
		printf("  -> %s: %s\n", proposal->tiers[tier->targets[i]].name,
		       tier->why[i]);
}

static void print_proposal(const struct propose_machine *machine,
			   const struct proposal *proposal,
			   const char *left_out)
{
	unsigned int i;

	printf("Tiers by %s, fastest first:\n", proposal->basis);
	for (i = 0; i < proposal->nr_tiers; i++)
		print_proposed_tier(machine, proposal, &proposal->tiers[i]);
	if (*left_out)
		printf("Left out, as no node of the system:%s\n", left_out);
}

/* Without hmt_dax the kernel reports every node as dram. */
static void print_hint(struct json_object *memories)
{
	struct json_object *memory;
	size_t i;

	for (i = 0; i < json_object_array_length(memories); i++) {
		memory = json_object_array_get_idx(memories, i);
		if (strcmp(json_text(memory, "origin"), "unknown"))
			continue;
		puts("Kinds may be wrong, because hmt_dax is not loaded (run 'hmtctl load dax').");
		return;
	}
}

/* Print the memories that may be HBM and the way to say so. */
static void print_hbm_hint(const struct propose_machine *machine)
{
	auto_words char **words = NULL;
	auto_text char *list = NULL;
	size_t length, i;
	FILE *out = must(open_memstream(&list, &length));

	for (i = 0; i < machine->count; i++)
		if (propose_may_be_hbm(machine, i))
			fprintf(out, "%s%s", ftell(out) ? "," : "",
				machine->memories[i].name);
	fclose(out);
	must(list);
	if (!*list)
		return;
	printf("May be HBM, as CPUs have it nearer than the memory of other CPUs, ");
	printf("and firmware gives no speed: %s\n", list);
	printf("  If it is, 'hmtctl setup --hbm %s' puts it above dram.\n", list);
}

static void print_part(const char *kind, struct json_object *size, bool first)
{
	char text[UNITS_LEN];

	human_size(json_object_get_uint64(size), text);
	printf("%s%s %s", first ? "" : ", ", kind, text);
}

/* Print the sizes of a memory of several kinds, and its place. */
static void print_mixed(struct json_object *memory)
{
	struct json_object *parts = json_object_object_get(memory, "parts");
	struct json_object *devices =
		json_object_object_get(memory, "dax_device");
	const char *name = json_text(memory, "name");
	bool first = true;
	size_t i;

	if (!json_object_is_type(parts, json_type_object) ||
	    json_object_object_length(parts) < 2)
		return;
	printf("%s is mixed (", name);
	json_object_object_foreach(parts, kind, size) {
		print_part(kind, size, first);
		first = false;
	}
	printf("): HMT cannot tell the parts of a node apart and places all of it as %s.\n"
	       "  To keep them apart, 'hmtctl memory offline",
	       json_text(memory, "main_kind"));
	for (i = 0; devices && i < json_object_array_length(devices); i++)
		printf(" %s", json_object_get_string(json_object_array_get_idx(devices, i)));
	puts("' makes devices of the added parts again.");
}

static void print_crowded(const struct proposal *proposal)
{
	if (proposal->crowded)
		printf("The %u nodes with CPUs need more than "
		       LIMIT_TEXT(HMT_TIERS_MAX)
		       " tiers for targets of their own: those of a level share one tier, in which HMT prefers the memory nearest to the CPUs of a process.\n",
		       proposal->crowded);
}

static void print_hints(const struct propose_machine *machine,
			const struct proposal *proposal,
			struct json_object *memories)
{
	size_t i;

	print_crowded(proposal);
	for (i = 0; i < json_object_array_length(memories); i++)
		print_mixed(json_object_array_get_idx(memories, i));
	print_hbm_hint(machine);
	print_hint(memories);
}

static bool set_hbm(struct propose_machine *machine, const char *name)
{
	size_t i;

	for (i = 0; i < machine->count; i++) {
		if (strcmp(machine->memories[i].name, name))
			continue;
		machine->memories[i].kind = "hbm";
		/* The administrator knows better than the numbers. */
		machine->memories[i].measured = false;
		return true;
	}
	return false;
}

/* Set the kind of the memories in @list. */
static int set_all_hbm(struct propose_machine *machine, const char *list)
{
	auto_text char *copy = list ? must(strdup(list)) : NULL;
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, ",")))
		if (!set_hbm(machine, word))
			return fail(RESULT_NO_OBJECT,
				    "setup: --hbm '%.40s': no such node (see 'hmtctl list --memories')",
				    word);
	return RESULT_OK;
}

static struct json_object *memories_json(const struct propose_machine *machine,
					 const struct propose_tier *tier)
{
	const char *names[HMT_TIER_MEMORIES_MAX + 1] = { };
	auto_text char *text = NULL;
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		names[i] = machine->memories[tier->memories[i]].name;
	text = words_join((char *const *)names);
	return json_object_new_string(text);
}

static struct json_object *links_json(const struct proposal *proposal,
				      const struct propose_tier *tier)
{
	struct json_object *json = json_object_new_object();
	const char *target;
	char order[12];
	unsigned int i;

	for (i = 0; i < tier->nr_targets; i++) {
		target = proposal->tiers[tier->targets[i]].name;
		snprintf(order, sizeof(order), "%u", i);
		json_object_object_add(json, order,
				       json_object_new_string(target));
	}
	return json;
}

static struct json_object *proposal_tree(const struct propose_machine *machine,
					 const struct proposal *proposal)
{
	struct json_object *tree = json_object_new_object();
	struct json_object *tiers = json_object_new_object();
	const struct propose_tier *tier;
	struct json_object *json;
	unsigned int i;

	json_object_object_add(tree, "hmt", json_object_new_int(TREE_FORMAT));
	json_object_object_add(tree, "tiers", tiers);
	for (i = 0; i < proposal->nr_tiers; i++) {
		tier = &proposal->tiers[i];
		json = json_object_new_object();
		json_object_object_add(json, "memories",
				       memories_json(machine, tier));
		json_object_object_add(json, "demotion",
				       links_json(proposal, tier));
		json_object_object_add(tiers, tier->name, json);
	}
	return tree;
}

/* Ask for confirmation; any answer other than yes is no. */
static int confirm_write(const struct hmtctl *ctl, bool *yes)
{
	auto_words char **tiers = NULL;
	auto_text char *names = NULL;
	char answer[16] = "";
	int result = object_list(ctl, &class_tier, &tiers);

	if (result)
		return result;
	names = words_join(tiers);
	if (*names)
		printf("The tiers that are staged now (%s) are removed. ", names);
	fputs("Write this and commit? [y/N] ", stdout);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		putchar('\n');
	*yes = *answer == 'y' || *answer == 'Y';
	return RESULT_OK;
}

static int write_proposal(const struct hmtctl *ctl,
			  const struct setup_values *values,
			  struct json_object *tree)
{
	bool yes = values->yes && !values->dry_run;
	int result = RESULT_OK;

	if (!yes && !values->dry_run && isatty(STDIN_FILENO) &&
	    isatty(STDOUT_FILENO))
		result = confirm_write(ctl, &yes);
	if (result)
		return result;
	if (!yes) {
		puts("Nothing is written ('hmtctl setup --yes' does).");
		return RESULT_OK;
	}
	result = tree_write(ctl, tree);
	if (!result)
		puts("Written and committed.");
	return result;
}

static int cmd_setup_run(const struct hmtctl *ctl, const void *arguments,
			 char **operands)
{
	static struct propose_machine machine;
	static struct proposal proposal;
	const struct setup_values *values = arguments;
	auto_json struct json_object *memories = NULL;
	auto_json struct json_object *tree = NULL;
	auto_text char *left_out = NULL;
	int result = sysfs_memories(ctl, false, &memories);
	bool fits;

	(void)operands;
	if (result)
		return result;
	fits = machine_describe(ctl, memories, &machine, &left_out);
	if (fits)
		result = set_all_hbm(&machine, values->hbm);
	if (result)
		return result;
	if (!fits || !propose(&machine, &proposal))
		return fail(RESULT_REFUSED,
			    "setup: %zu memories do not fit into " LIMIT_TEXT(HMT_TIERS_MAX)
			    " tiers of " LIMIT_TEXT(HMT_TIER_MEMORIES_MAX)
			    "; create tiers with 'hmtctl tier create'",
			    json_object_array_length(memories));
	tree = proposal_tree(&machine, &proposal);
	if (values->json) {
		tree_describe_memories(ctl, tree);
		print_json(tree, false);
		return RESULT_OK;
	}
	print_proposal(&machine, &proposal, left_out);
	print_hints(&machine, &proposal, memories);
	return write_proposal(ctl, values, tree);
}

const struct command cmd_setup = {
	.name = "setup",
	.operands = "[OPTION...]",
	.summary = "Propose tiers for this machine and write them.",
	.man = "hmtctl-setup",
	.options = options,
	.values_size = sizeof(struct setup_values),
	.run = cmd_setup_run,
};
