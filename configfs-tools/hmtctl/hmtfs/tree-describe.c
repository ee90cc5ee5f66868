// SPDX-License-Identifier: GPL-2.0
/* Descriptions of memories in a configuration that is saved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "hmtfs/identity.h"
#include "hmtfs/sysfs.h"
#include "hmtfs/tree.h"
#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/words.h"

void tree_describe_memories(const struct hmtctl *ctl,
			    struct json_object *tree)
{
	struct json_object *tiers = tree_class(tree, "tiers"), *identity;
	struct json_object *memories = json_object_new_object();
	size_t i;

	json_object_object_add(tree, TREE_MEMORIES, memories);
	json_object_object_foreach(tiers, key, tier) {
		auto_words char **words =
			words_split(json_text(tier, "memories"));
		auto_text char *text = NULL;

		(void)key;
		for (i = 0; words[i]; i++) {
			char *name = sysfs_memory_name(ctl, words[i]);

			if (!name)
				continue;
			/* A UID is not the same after a reboot. */
			free(words[i]);
			words[i] = name;
			identity = identity_read(ctl, name);
			if (identity)
				json_object_object_add(memories, name,
						       identity);
		}
		text = words_join(words);
		if (strcmp(text, json_text(tier, "memories")))
			json_object_object_add(tier, "memories",
					       json_object_new_string(text));
	}
}

/* Check whether @word names the memory that the device is or would be. */
static bool word_names_device(struct json_object *tree, const char *word,
			      struct json_object *device, int node)
{
	struct json_object *memories = tree_class(tree, TREE_MEMORIES);
	struct json_object *saved = json_object_object_get(memories, word);
	char name[32];
	int score;

	if (saved) {
		score = identity_likeness("", saved, "", device);
		if (score < 0)
			return false;
		if (score & (LIKENESS_SERIAL | LIKENESS_REGION))
			return true;
		/* A device that would join the node was not part of it. */
		if (identity_without_device(saved))
			return false;
	}
	snprintf(name, sizeof(name), "node%d", node);
	return !strcmp(word, name) || !strcmp(word, name + 4);
}

bool tree_has_device(const struct hmtctl *ctl, struct json_object *tree,
		     const char *device, int node)
{
	auto_json struct json_object *identity = identity_of_device(ctl, device);
	struct json_object *tiers = tree_class(tree, "tiers");
	size_t i;

	if (!tiers)
		return false;
	json_object_object_foreach(tiers, name, tier) {
		auto_words char **words =
			words_split(json_text(tier, "memories"));

		(void)name;
		for (i = 0; words[i]; i++)
			if (word_names_device(tree, words[i], identity, node))
				return true;
	}
	return false;
}
