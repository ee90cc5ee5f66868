// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cli/lock.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/sysfs.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/fs.h"
#include "util/shares.h"
#include "util/signals.h"
#include "util/units.h"
#include "util/words.h"

/* Of Linux 5.15 and 6.9; the headers of libnuma lack them. */
#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY	5
#endif
#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE	6
#endif

#define WEIGHTS_DIR	"sys/kernel/mm/mempolicy/weighted_interleave"
/* "true" while the kernel computes the weights; Linux 6.16 and later. */
#define WEIGHTS_AUTO_FILE	WEIGHTS_DIR "/auto"
#define NODES_MAX	1024
#define CHOSEN_MAX	64
#define SHARES_SUM	1000

/* Exit statuses of env(1), nice(1) and timeout(1); COMMAND may use lower ones. */
#define STATUS_FAILED		125
#define STATUS_NOT_EXECUTABLE	126
#define STATUS_NOT_FOUND	127

struct run_values {
	const char *tier;
	bool set_weights;
	bool bind;
	bool dry_run;
	bool quiet;
	bool json;
};

#define PLACE(member) offsetof(struct run_values, member)

static const struct option_spec options[] = {
	{ 't', "tier", "LIST", "TIER, or TIER=SHARE,TIER=SHARE... in per mille",
	  OPT_TEXT, PLACE(tier), NULL },
	{ 'b', "bind", NULL, "use no other tier, even if it is full", OPT_FLAG,
	  PLACE(bind), NULL },
	{ 0, "set-weights", NULL,
	  "set the weights of the whole system, if they are not set",
	  OPT_FLAG, PLACE(set_weights), NULL },
	{ 'n', "dry-run", NULL, "print the policy, run nothing", OPT_FLAG,
	  PLACE(dry_run), NULL },
	{ 'q', "quiet", NULL, "do not print the policy", OPT_FLAG,
	  PLACE(quiet), NULL },
	{ 'j', "json", NULL, "print the policy as JSON", OPT_FLAG,
	  PLACE(json), NULL },
	{ }
};

/**
 * struct choice - nodes and memory policy
 * @tiers: number of given tiers
 * @count: number of nodes
 * @forbidden: number of nodes that are left out because a cpuset forbids them
 * @nodes: node numbers
 * @shares: share of each node
 * @weights: the shares as small numbers
 * @mode: memory policy of the kernel
 * @what: name of the mode
 * @why: reason for the mode
 * @weights_auto: true if the kernel computed the weights before
 * @weights_set: true if hmtctl set the weights of the system
 */
struct choice {
	size_t tiers;
	size_t count;
	size_t forbidden;
	unsigned int nodes[CHOSEN_MAX];
	double shares[CHOSEN_MAX];
	unsigned int weights[CHOSEN_MAX];
	int mode;
	const char *what;
	const char *why;
	bool weights_auto;
	bool weights_set;
};

/*
 * Refuse a tier without nodes: it does not exist, or its staged memories are
 * offline.
 */
static int refuse_tier(const struct hmtctl *ctl, const char *tier)
{
	auto_text char *memory = sysfs_offline_part(ctl, tier);

	if (memory)
		return fail(RESULT_NO_OBJECT,
			    "run: tier '%.40s': has no node now, as %.40s is offline (see 'hmtctl memory list' and lsmem)",
			    tier, memory);
	if (sysfs_is_staged(ctl, tier))
		return fail(RESULT_NO_OBJECT,
			    "run: tier '%.40s': is not live; run 'hmtctl commit'",
			    tier);
	return fail(RESULT_NO_OBJECT,
		    "run: tier '%.40s': has no node in the live graph (see 'hmtctl list --memories')",
		    tier);
}

/* Return the nodes that a cpuset allows, as "0-1,3"; NULL if unknown. */
static char *allowed_nodes(const struct hmtctl *ctl)
{
	static const char key[] = "Mems_allowed_list:";
	auto_text char *line = NULL;
	char *list = NULL;
	size_t size = 0;
	FILE *status = fs_stream(ctl->root, "proc/self/status");

	while (status && !list && getline(&line, &size, status) > 0)
		if (!strncmp(line, key, strlen(key)))
			list = must(strdup(line + strlen(key) +
					   strspn(line + strlen(key), " \t")));
	if (status)
		fclose(status);
	if (list)
		list[strcspn(list, "\n")] = '\0';
	return list;
}

/* Add the nodes of a tier of the live graph, which divide its share. */
static int add_tier(const struct hmtctl *ctl, struct json_object *memories,
		    const char *tier,
		    double share, struct choice *choice)
{
	auto_text char *allowed = allowed_nodes(ctl);
	struct json_object *memory;
	size_t first = choice->count;
	size_t forbidden = 0;
	unsigned int node;
	size_t i;

	for (i = 0; i < json_object_array_length(memories); i++) {
		memory = json_object_array_get_idx(memories, i);
		if (strcmp(json_text(memory, "tier"), tier) ||
		    json_signed(memory, "numa_node") < 0)
			continue;
		node = json_number(memory, "numa_node");
		if (allowed && !list_has(allowed, node)) {
			forbidden++;
			continue;
		}
		if (choice->count == CHOSEN_MAX)
			return fail(RESULT_REFUSED, "run: tier '%.40s': more than %d nodes",
				    tier, CHOSEN_MAX);
		choice->nodes[choice->count++] = node;
	}
	if (choice->count == first && forbidden)
		return fail(RESULT_REFUSED,
			    "run: tier '%.40s': the cpuset of this process allows none of its nodes, but %.40s only (see cpuset.mems of its cgroup)",
			    tier, allowed);
	if (choice->count == first)
		return refuse_tier(ctl, tier);
	choice->forbidden += forbidden;
	for (i = first; i < choice->count; i++)
		choice->shares[i] = share / (choice->count - first);
	choice->tiers++;
	return RESULT_OK;
}

static int refuse_list(const char *list, const char *why)
{
	return fail(RESULT_USAGE, "run: tier '%.80s': %s", list, why);
}

/* Add a word of the list, "fast" or "fast=600". */
static int add_list_word(const struct hmtctl *ctl,
			 struct json_object *memories, const char *list,
			 char *word,
			 uint64_t *sum, bool *equal, struct choice *choice)
{
	char *text = strchr(word, '=');
	uint64_t share = 1;

	if (text)
		*text++ = '\0';
	if (!*word || (text && !parse_number(text, 1, SHARES_SUM, &share)))
		return refuse_list(list, "not TIER, or TIER=SHARE,... with shares from 1 to 1000");
	if (choice->tiers && *equal != !text)
		return refuse_list(list, "a share for all tiers or for none");
	*equal = !text;
	*sum += share;
	return add_tier(ctl, memories, word, share, choice);
}

static int parse_list(const struct hmtctl *ctl, struct json_object *memories,
		      const char *list, struct choice *choice)
{
	auto_text char *copy = must(strdup(list));
	uint64_t sum = 0;
	bool equal = true;
	int result;
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, ","))) {
		result = add_list_word(ctl, memories, list, word, &sum, &equal,
				       choice);
		if (result)
			return result;
	}
	if (!equal && sum != SHARES_SUM)
		return refuse_list(list, "the shares do not add up to 1000");
	return RESULT_OK;
}

static void weight_path(unsigned int node, char path[80])
{
	snprintf(path, 80, WEIGHTS_DIR "/node%u", node);
}

/**
 * enum weights_state - weights of the system at the chosen nodes
 * @WEIGHTS_ABSENT: this kernel has none
 * @WEIGHTS_UNSET: all are 1
 * @WEIGHTS_AUTO: the kernel computes them from the bandwidth of the nodes
 * @WEIGHTS_EQUAL: they are those of the shares
 * @WEIGHTS_OTHER: the administrator set others
 */
enum weights_state {
	WEIGHTS_ABSENT,
	WEIGHTS_UNSET,
	WEIGHTS_AUTO,
	WEIGHTS_EQUAL,
	WEIGHTS_OTHER,
};

/* Check whether the kernel, not an administrator, set the weights. */
static bool weights_are_auto(const struct hmtctl *ctl)
{
	auto_text char *text = fs_read(ctl->root, WEIGHTS_AUTO_FILE);

	return text && !strcmp(text, "true");
}

static enum weights_state weights_state(const struct hmtctl *ctl,
					const struct choice *choice)
{
	size_t ours = 0, unset = 0;
	char path[80];
	size_t i;

	for (i = 0; i < choice->count; i++) {
		auto_text char *text = NULL;

		weight_path(choice->nodes[i], path);
		text = fs_read(ctl->root, path);
		if (!text)
			return WEIGHTS_ABSENT;
		ours += strtoul(text, NULL, 10) == choice->weights[i];
		unset += !strcmp(text, "1");
	}
	if (ours == choice->count)
		return WEIGHTS_EQUAL;
	if (weights_are_auto(ctl))
		return WEIGHTS_AUTO;
	return unset == choice->count ? WEIGHTS_UNSET : WEIGHTS_OTHER;
}

/*
 * Write the weights of the first @count nodes, or undo that: let the kernel
 * compute them again if it did, or write 1. A weight that is written ends the
 * computation for all nodes.
 */
static int write_weights(const struct hmtctl *ctl, const struct choice *choice,
			 size_t count, bool undo)
{
	char path[80], text[16];
	size_t i;
	int err = 0;

	if (undo && choice->weights_auto)
		return fs_write(ctl->root, WEIGHTS_AUTO_FILE, "true", false);
	for (i = 0; i < count; i++) {
		weight_path(choice->nodes[i], path);
		snprintf(text, sizeof(text), "%u",
			 undo ? 1 : choice->weights[i]);
		err = fs_write(ctl->root, path, text, false);
		if (err && !undo)
			break;
	}
	if (err && !undo)
		write_weights(ctl, choice, i, true);
	return err;
}

/* Check that --set-weights can be fulfilled: pages would be elsewhere otherwise. */
static int check_weights(enum weights_state state)
{
	if (state == WEIGHTS_ABSENT)
		return fail(RESULT_REFUSED,
			    "run: --set-weights: this kernel has no weights; omit the option");
	if (state == WEIGHTS_OTHER)
		return fail(RESULT_REFUSED,
			    "run: --set-weights: the weights of the system are set to something else; omit the option, or write true to /"
			    WEIGHTS_AUTO_FILE " if it exists, else 0 to each file of /"
			    WEIGHTS_DIR);
	return RESULT_OK;
}

static int refuse_weights(int err)
{
	return fail(RESULT_REFUSED, "run: --set-weights: /" WEIGHTS_DIR ": %s",
		    explain(-err, NULL));
}

/*
 * Lock the weights against a second hmtctl that sets them, with a file that only
 * root can open for writing. Returns an fd, or minus an enum result after a
 * message.
 */
static int lock_weights(const struct hmtctl *ctl)
{
	int fd = openat(ctl->root, WEIGHTS_DIR "/node0", O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno :
			   lock_exclusive(fd, "the weights of the system");

	if (!err)
		return fd;
	cleanup_fd(&fd);
	return -refuse_weights(err);
}

static int set_weights(const struct hmtctl *ctl, struct choice *choice)
{
	enum weights_state state = weights_state(ctl, choice);
	int result = check_weights(state);
	int err;

	if (result || state == WEIGHTS_EQUAL)
		return result;
	choice->weights_auto = state == WEIGHTS_AUTO;
	err = write_weights(ctl, choice, choice->count, false);
	if (err)
		return refuse_weights(err);
	choice->weights_set = true;
	return RESULT_OK;
}

static void choose_plain(struct choice *choice, const char *why)
{
	size_t i;

	choice->mode = MPOL_INTERLEAVE;
	choice->what = "plain interleave";
	choice->why = why;
	for (i = 0; i < choice->count; i++)
		choice->weights[i] = 1;
}

static bool weights_equal(const struct choice *choice)
{
	size_t i;

	for (i = 1; i < choice->count; i++)
		if (choice->weights[i] != choice->weights[0])
			return false;
	return true;
}

/* Choose weighted interleave if the weights, which are global, permit it. */
static int choose_interleave(const struct hmtctl *ctl,
			     const struct run_values *values,
			     struct choice *choice)
{
	static const char *const reasons[] = {
		[WEIGHTS_ABSENT] =
			"this kernel has no weights, so each node gives the same",
		[WEIGHTS_UNSET] =
			"the weights of the system are not set (--set-weights sets them), so each node gives the same",
		[WEIGHTS_AUTO] =
			"the kernel computes the weights of the system (--set-weights sets them), so each node gives the same",
		[WEIGHTS_OTHER] =
			"the weights of the system are set to something else, so each node gives the same",
	};
	enum weights_state state;

	shares_to_weights(choice->shares, choice->count, choice->weights);
	state = weights_state(ctl, choice);
	if (weights_equal(choice)) {
		choose_plain(choice, "the shares are equal");
		return RESULT_OK;
	}
	if (state != WEIGHTS_EQUAL && !values->set_weights) {
		choose_plain(choice, reasons[state]);
		return RESULT_OK;
	}
	choice->mode = MPOL_WEIGHTED_INTERLEAVE;
	choice->what = "weighted interleave";
	choice->why = "the kernel has it, with these weights for the whole system";
	return check_weights(state);
}

static int choose_policy(const struct hmtctl *ctl,
			 const struct run_values *values, struct choice *choice)
{
	if (choice->tiers > 1 && values->bind)
		return fail(RESULT_USAGE,
			    "run: --bind is for one tier; shares are interleaved");
	if (choice->tiers == 1 && values->set_weights)
		return fail(RESULT_USAGE,
			    "run: --set-weights is for several tiers with shares");
	if (choice->tiers > 1)
		return choose_interleave(ctl, values, choice);
	if (values->bind) {
		choice->mode = MPOL_BIND;
		choice->what = "bind";
		choice->why =
			"--bind; allocation fails when it is full, and HMT moves nothing elsewhere";
	} else {
		choice->mode = MPOL_PREFERRED_MANY;
		choice->what = "preferred";
		choice->why = "one tier; others serve when it is full";
	}
	return RESULT_OK;
}

static void print_choice_json(const struct choice *choice, FILE *out)
{
	auto_json struct json_object *object = json_object_new_object();
	struct json_object *nodes = json_object_new_array();
	struct json_object *node;
	size_t i;

	for (i = 0; i < choice->count; i++) {
		node = json_object_new_object();
		json_object_object_add(node, "node",
				       json_object_new_int64(choice->nodes[i]));
		if (choice->mode == MPOL_WEIGHTED_INTERLEAVE)
			json_object_object_add(node, "weight",
					       json_object_new_int64(choice->weights[i]));
		json_object_array_add(nodes, node);
	}
	json_object_object_add(object, "schema",
			       json_object_new_int(OUTPUT_SCHEMA));
	json_object_object_add(object, "policy",
			       json_object_new_string(choice->what));
	json_object_object_add(object, "nodes", nodes);
	json_object_object_add(object, "reason",
			       json_object_new_string(choice->why));
	json_object_object_add(object, "forbidden",
			       json_object_new_uint64(choice->forbidden));
	fprintf(out, "%s\n", json_object_to_json_string(object));
}

static void print_choice(const struct choice *choice, FILE *out)
{
	size_t i;

	if (json_wanted()) {
		print_choice_json(choice, out);
		return;
	}

	fprintf(out, "hmtctl: run: %s of", choice->what);
	for (i = 0; i < choice->count; i++) {
		fprintf(out, " node%u", choice->nodes[i]);
		if (choice->mode == MPOL_WEIGHTED_INTERLEAVE)
			fprintf(out, "=%u", choice->weights[i]);
	}
	fprintf(out, ": %s", choice->why);
	if (choice->forbidden)
		fprintf(out, "; the cpuset forbids %zu more", choice->forbidden);
	fputc('\n', out);
}

static int set_policy(const struct choice *choice)
{
	static const struct remedy remedies[] = {
		{ EINVAL, "this kernel lacks the policy, or a cpuset forbids these nodes" },
		{ }
	};
	unsigned long mask[NODES_MAX / (8 * sizeof(unsigned long))] = { };
	const size_t bits = 8 * sizeof(*mask);
	size_t i;

	for (i = 0; i < choice->count; i++)
		if (choice->nodes[i] < NODES_MAX)
			mask[choice->nodes[i] / bits] |=
				1UL << choice->nodes[i] % bits;
	if (!set_mempolicy(choice->mode, mask, NODES_MAX + 1))
		return RESULT_OK;
	return fail(RESULT_REFUSED, "run: %s: %s", choice->what,
		    explain(errno, remedies));
}

/*
 * Execute the command with the signal mask that hmtctl was given, unless a signal
 * arrived. Handlers note a signal between the release and the execution, because
 * it must not end hmtctl there, which would leave the weights. Execution
 * restores the default. Signals are held back on return.
 */
static int execute_command(char **command, sigset_t *mask)
{
	int error = EINTR;

	fflush(NULL);
	catch_interrupts();
	signals_release(mask);
	if (!interrupted) {
		execvp(command[0], command);
		error = errno;
	}
	signals_hold(mask);
	if (interrupted)
		return RESULT_REFUSED;
	fail(RESULT_REFUSED, "run: '%.80s': %s", command[0],
	     explain(error, NULL));
	return error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

static int choose(const struct hmtctl *ctl, const struct run_values *values,
		  struct choice *choice)
{
	auto_json struct json_object *memories = NULL;
	int result;

	if (!values->tier)
		return fail(RESULT_USAGE, "run: a tier is missing; use --tier");
	if (ctl->fake && !values->dry_run)
		return fail(RESULT_USAGE,
			    "run: there is no memory on a fake root; omit --root and HMT_ROOT, or use --dry-run");
	result = sysfs_memories(ctl, false, &memories);
	if (!result)
		result = parse_list(ctl, memories, values->tier, choice);
	return result ? result : choose_policy(ctl, values, choice);
}

/* Set the policy and execute the command; undo the weights on failure. */
static int run_command(const struct hmtctl *ctl,
		       const struct run_values *values, struct choice *choice,
		       char **command)
{
	bool weights = choice->mode == MPOL_WEIGHTED_INTERLEAVE &&
		       values->set_weights;
	auto_fd int lock = weights ? lock_weights(ctl) : -1;
	int result = RESULT_OK;
	sigset_t mask;

	if (weights && lock < 0)
		return -lock;
	signals_hold(&mask);
	if (weights)
		result = set_weights(ctl, choice);
	if (!result && !values->quiet)
		print_choice(choice, stderr);
	if (!result)
		result = set_policy(choice);
	if (!result && !signals_arrived())
		result = execute_command(command, &mask);
	if (choice->weights_set)
		write_weights(ctl, choice, choice->count, true);
	signals_release(&mask);
	if (interrupted) {
		signal(interrupted, SIG_DFL);
		raise(interrupted);
	}
	return result;
}

static int cmd_run_run(const struct hmtctl *ctl, const void *arguments,
		       char **operands)
{
	const struct run_values *values = arguments;
	struct choice choice = { };
	int result = choose(ctl, values, &choice);

	if (!result && values->dry_run) {
		print_choice(&choice, stdout);
		return RESULT_OK;
	}
	if (result)
		return result;
	return run_command(ctl, values, &choice, operands);
}

const struct command cmd_run = {
	.name = "run",
	.operands = "--tier LIST [OPTION...] -- COMMAND [ARGUMENT...]",
	.summary = "Run a command with memory from given tiers.",
	.man = "hmtctl-run",
	.options = options,
	.values_size = sizeof(struct run_values),
	.min_operands = 1,
	.max_operands = -1,
	.failure = STATUS_FAILED,
	.run = cmd_run_run,
};
