// SPDX-License-Identifier: GPL-2.0
/* Memories of a saved configuration, found again by their identity. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "hmtfs/identity.h"
#include "hmtfs/sysfs.h"
#include "hmtfs/tree.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/words.h"

/**
 * struct claim - a memory that a tier of the tree names
 * @word: its name, or UID, in the tree
 * @name: its name: the number of a node is its name as well
 * @tier: the tier
 * @saved: its identity in the tree, NULL in files that lack it
 * @own: index of the memory that has its name now, or -1
 * @now: index of the memory that it is now, or -1
 * @chosen: true if --map named @now
 */
struct claim {
	const char *word;
	char *name;
	const char *tier;
	struct json_object *saved;
	int own;
	int now;
	bool chosen;
};

/**
 * struct match - claims and memories of this machine
 * @ctl: the machine
 * @file: name of the file, for messages
 * @names: names of the memories
 * @identities: their identities
 * @taken: true for memories that are @now of a claim
 * @memories: number of memories
 * @claims: the claims
 * @count: entries in @claims
 * @room: capacity of @claims
 * @scores: likeness of each claim to each memory
 */
struct match {
	const struct hmtctl *ctl;
	const char *file;
	char **names;
	struct json_object **identities;
	bool *taken;
	size_t memories;
	struct claim *claims;
	size_t count;
	size_t room;
	int *scores;
};

static int *likeness_of(struct match *match, size_t claim, size_t memory)
{
	return &match->scores[claim * match->memories + memory];
}

static int memory_index(const struct match *match, const char *name)
{
	size_t i;

	for (i = 0; i < match->memories; i++)
		if (!strcmp(match->names[i], name))
			return (int)i;
	return -1;
}

static void read_memories(struct match *match)
{
	size_t i;

	match->names = sysfs_names(match->ctl);
	match->memories = words_count(match->names);
	match->identities = must(calloc(match->memories + 1,
					sizeof(*match->identities)));
	match->taken = must(calloc(match->memories + 1,
				   sizeof(*match->taken)));
	/* A memory that was removed in the meantime is like none. */
	for (i = 0; i < match->memories; i++)
		match->identities[i] = identity_read(match->ctl,
						     match->names[i]) ?:
				       json_object_new_object();
}

static struct claim *find_claim(const struct match *match, const char *word)
{
	size_t i;

	for (i = 0; i < match->count; i++)
		if (!strcmp(match->claims[i].word, word))
			return &match->claims[i];
	return NULL;
}

static void add_claim(struct match *match, struct json_object *tree,
		      const char *tier, const char *word)
{
	struct json_object *saved = tree_class(tree, TREE_MEMORIES);
	struct claim claim = { .tier = tier, .now = -1 };

	if (find_claim(match, word))
		return;
	claim.word = must(strdup(word));
	claim.name = sysfs_memory_name(match->ctl, word);
	if (!claim.name)
		claim.name = must(strdup(word));
	claim.saved = json_object_object_get(saved, word);
	claim.own = memory_index(match, claim.name);
	match->claims = grow(match->claims, match->count, &match->room,
			     sizeof(claim));
	match->claims[match->count++] = claim;
}

static void read_claims(struct match *match, struct json_object *tree)
{
	struct json_object *tiers = tree_class(tree, "tiers");

	if (!tiers)
		return;
	json_object_object_foreach(tiers, name, tier) {
		auto_words char **words =
			words_split(json_text(tier, "memories"));
		size_t i;

		for (i = 0; words[i]; i++)
			add_claim(match, tree, name, words[i]);
	}
}

static void release(struct match *match)
{
	size_t i;

	for (i = 0; i < match->count; i++) {
		free((char *)match->claims[i].word);
		free(match->claims[i].name);
	}
	for (i = 0; i < match->memories; i++)
		json_object_put(match->identities[i]);
	free(match->claims);
	free(match->scores);
	free(match->taken);
	free(match->identities);
	words_free(match->names);
}

static void assign(struct match *match, struct claim *claim, int memory)
{
	claim->now = memory;
	if (memory >= 0)
		match->taken[memory] = true;
}

/* Apply "OLD=NEW" of --map. */
static int apply_choice(struct match *match, char *choice)
{
	char *new = strchr(choice, '=');
	struct claim *claim;
	int memory;

	if (!new)
		return fail(RESULT_USAGE, "restore: --map '%.80s': not OLD=NEW",
			    choice);
	*new++ = '\0';
	claim = find_claim(match, choice);
	if (!claim)
		return fail(RESULT_USAGE,
			    "restore: --map '%.40s=%.40s': no tier of '%.200s' has memory '%.40s'",
			    choice, new, match->file, choice);
	memory = memory_index(match, new);
	if (memory < 0)
		return fail(RESULT_NO_OBJECT,
			    "restore: --map '%.40s=%.40s': no such memory: '%.40s' (see 'hmtctl list -M')",
			    choice, new, new);
	if (claim->chosen || match->taken[memory])
		return fail(RESULT_USAGE,
			    "restore: --map '%.40s=%.40s': a memory is mapped twice",
			    choice, new);
	claim->chosen = true;
	assign(match, claim, memory);
	return RESULT_OK;
}

static int apply_map(struct match *match, const char *map)
{
	auto_words char **choices = words_split(map);
	int result = RESULT_OK;
	size_t i;

	for (i = 0; choices[i] && !result; i++)
		result = apply_choice(match, choices[i]);
	return result;
}

static void compute_scores(struct match *match)
{
	struct claim *claim;
	size_t i, j;

	match->scores = must(calloc(match->count * match->memories + 1,
				    sizeof(*match->scores)));
	for (i = 0; i < match->count; i++) {
		claim = &match->claims[i];
		for (j = 0; j < match->memories; j++)
			*likeness_of(match, i, j) = !claim->saved ? LIKENESS_NONE :
				identity_likeness(claim->name, claim->saved,
						  match->names[j],
						  match->identities[j]);
	}
}

/* Check whether a memory is like the one of a claim, or has its name. */
static bool is_candidate(struct match *match, size_t claim, size_t memory)
{
	int score = *likeness_of(match, claim, memory);

	return score >= 0 && score & (LIKENESS_LEAST | LIKENESS_NAME);
}

/*
 * Assign each claim a memory, the most alike pairs first. Without an identity,
 * the name alone decides.
 */
static void assign_all(struct match *match)
{
	struct claim *claim;
	size_t i, j;
	int score;

	for (i = 0; i < match->count; i++) {
		claim = &match->claims[i];
		if (!claim->saved && claim->now < 0 && claim->own >= 0 &&
		    !match->taken[claim->own])
			assign(match, claim, claim->own);
	}
	for (score = LIKENESS_MAX; score >= 0; score--)
		for (i = 0; i < match->count; i++)
			for (j = 0; j < match->memories; j++) {
				claim = &match->claims[i];
				if (claim->now < 0 && !match->taken[j] &&
				    *likeness_of(match, i, j) == score &&
				    is_candidate(match, i, j))
					assign(match, claim, (int)j);
			}
}

/* Check whether nothing but the name tells two pairs apart. */
static bool same_score(int a, int b)
{
	return a >= 0 && (a & ~LIKENESS_NAME) == (b & ~LIKENESS_NAME);
}

/*
 * Check whether the serial number proves that claim @index is the memory that it
 * was assigned, and no other claim and memory have the same properties.
 */
static bool is_proved(struct match *match, size_t index)
{
	const struct claim *claim = &match->claims[index];
	int now = claim->now, score;
	size_t i;

	if (now < 0)
		return false;
	score = *likeness_of(match, index, now);
	if (score < 0 || !(score & LIKENESS_SERIAL) ||
	    !identity_same_serials(claim->saved, match->identities[now]))
		return false;
	for (i = 0; i < match->memories; i++)
		if ((int)i != now &&
		    same_score(*likeness_of(match, index, i), score))
			return false;
	for (i = 0; i < match->count; i++)
		if (i != index && same_score(*likeness_of(match, i, now), score))
			return false;
	return true;
}

static bool is_own(const struct claim *claim)
{
	return claim->now >= 0 && claim->now == claim->own;
}

/*
 * Check for a claim whose memory may be a device that appears later. If a memory
 * is like it under another name, the administrator has to decide.
 */
static bool is_missing(const struct claim *claim)
{
	if (claim->now >= 0)
		return false;
	return claim->own < 0 ||
	       (claim->saved && *json_text(claim->saved, "serial"));
}

/* Print "; like it now: node2" with the memories that claim @index may be. */
static void print_like(struct match *match, size_t index, FILE *out)
{
	int now = match->claims[index].now, best;
	const char *blank = "; like it now:";
	size_t i;

	if (now < 0)
		return;
	best = *likeness_of(match, index, now);
	for (i = 0; i < match->memories; i++)
		if (same_score(*likeness_of(match, index, i), best)) {
			fprintf(out, "%s %s", blank, match->names[i]);
			blank = "";
		}
}

static char *describe_missing(struct match *match, size_t index)
{
	const struct claim *claim = &match->claims[index];
	auto_text char *was = identity_text(claim->saved);
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	fputs(was, out);
	if (claim->own >= 0) {
		auto_text char *is = identity_text(match->identities[claim->own]);

		fprintf(out, "; %s is now: %s", claim->name, is);
	}
	fclose(out);
	return must(text);
}

static void describe_other(struct match *match, size_t index, FILE *out)
{
	const struct claim *claim = &match->claims[index];
	auto_text char *was = claim->saved ? identity_text(claim->saved) : NULL;
	auto_text char *is = claim->own < 0 ? NULL :
			     identity_text(match->identities[claim->own]);

	fprintf(out, "%s'%.40s' (tier '%.40s') was [%s], is now [%s",
		ftell(out) > 0 ? ", " : "", claim->word, claim->tier,
		was ? was : "not described", is ? is : "missing");
	print_like(match, index, out);
	fputc(']', out);
}

static void add_missing(struct match *match, size_t index,
			struct json_object *missing)
{
	auto_text char *text = NULL;

	if (match->claims[index].saved)
		text = describe_missing(match, index);
	json_object_object_add(missing, match->claims[index].word,
			       text ? json_object_new_string(text) : NULL);
}

/*
 * Refuse claims whose name is that of another memory now, or whose memory may
 * have another name; list those that are missing.
 */
static int check_claims(struct match *match, struct json_object *missing)
{
	auto_text char *list = NULL;
	struct claim *claim;
	size_t length, i;
	FILE *out = must(open_memstream(&list, &length));

	for (i = 0; i < match->count; i++) {
		claim = &match->claims[i];
		if (is_own(claim) || claim->chosen || is_proved(match, i))
			continue;
		if (is_missing(claim))
			add_missing(match, i, missing);
		else
			describe_other(match, i, out);
	}
	fclose(out);
	must(list);
	if (!*list)
		return RESULT_OK;
	return fail(RESULT_REFUSED,
		    "'%.200s': nothing is changed, as memories have other names now: %.1500s; name them with --map OLD=NEW, or configure and save the tiers again",
		    match->file, list);
}

static void add_note(struct json_object *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_note(struct json_object *notes, const char *format, ...)
{
	auto_text char *text = NULL;
	va_list args;

	va_start(args, format);
	text = format_text_list(format, args);
	va_end(args);
	json_object_array_add(notes, json_object_new_string(text));
}

static void note_resized(struct match *match, const struct claim *claim,
			 struct json_object *notes)
{
	auto_text char *was = identity_text(claim->saved);
	auto_text char *is = identity_text(match->identities[claim->now]);

	add_note(notes, "the size of '%.40s' has changed: was [%s], is now [%s]",
		 match->names[claim->now], was, is);
}

static void note_taken(struct match *match, const struct claim *claim,
		       struct json_object *notes)
{
	auto_text char *is = identity_text(match->identities[claim->now]);

	add_note(notes, "'%.40s' (tier '%.40s') is '%.40s' now [%s]",
		 claim->word, claim->tier, match->names[claim->now], is);
}

/* Note memories that a file names by their numbers alone. */
static void note_undescribed(struct match *match, struct json_object *notes)
{
	auto_text char *list = NULL;
	struct claim *claim;
	size_t length, i;
	FILE *out = must(open_memstream(&list, &length));

	for (i = 0; i < match->count; i++) {
		auto_text char *is = NULL;

		claim = &match->claims[i];
		if (claim->saved || claim->chosen || claim->now < 0)
			continue;
		is = identity_text(match->identities[claim->now]);
		/* The name of the memory of a device is its identity. */
		if (!strncmp(is, "device-", 7) &&
		    !strcmp(claim->word, claim->name))
			continue;
		fprintf(out, "%s'%.40s' [%s]", ftell(out) > 0 ? ", " : "",
			claim->word, is);
	}
	fclose(out);
	must(list);
	if (*list)
		add_note(notes,
			 "memories are not described, and are taken by number: %.1500s; check them, and save the tiers again",
			 list);
}

static void add_notes(struct match *match, struct json_object *notes)
{
	struct claim *claim;
	size_t i;

	for (i = 0; i < match->count; i++) {
		claim = &match->claims[i];
		if (claim->now < 0)
			continue;
		if (!is_own(claim))
			note_taken(match, claim, notes);
		else if (claim->saved && !claim->chosen &&
			 identity_resized(claim->saved,
					  match->identities[claim->now]))
			note_resized(match, claim, notes);
	}
	note_undescribed(match, notes);
}

/* Replace the names of memories in the tiers by those of today. */
static void rename_memories(struct match *match, struct json_object *tree)
{
	struct json_object *tiers = tree_class(tree, "tiers");
	const struct claim *claim;
	size_t i;

	if (!tiers)
		return;
	json_object_object_foreach(tiers, name, tier) {
		auto_words char **words =
			words_split(json_text(tier, "memories"));
		auto_text char *text = NULL;
		bool changed = false;

		(void)name;
		for (i = 0; words[i]; i++) {
			claim = find_claim(match, words[i]);
			if (claim->now < 0 || is_own(claim))
				continue;
			free(words[i]);
			words[i] = must(strdup(match->names[claim->now]));
			changed = true;
		}
		text = words_join(words);
		if (changed)
			json_object_object_add(tier, "memories",
					       json_object_new_string(text));
	}
}

int tree_match(const struct hmtctl *ctl, const char *file,
	       struct json_object *tree, const char *map,
	       struct json_object *missing, struct json_object *notes)
{
	struct match match = { .ctl = ctl, .file = file };
	int result;

	read_memories(&match);
	read_claims(&match, tree);
	result = apply_map(&match, map);
	if (!result) {
		compute_scores(&match);
		assign_all(&match);
		result = check_claims(&match, missing);
	}
	if (!result && !json_object_object_length(missing)) {
		rename_memories(&match, tree);
		add_notes(&match, notes);
	}
	release(&match);
	return result;
}
