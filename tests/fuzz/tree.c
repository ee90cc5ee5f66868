// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as a saved configuration: what is accepted is accepted again as
 * json-c prints it, and is compared with a machine, which is a tree of files.
 */
#include <fcntl.h>
#include <json-c/json.h>
#include <unistd.h>

#include "cli/errors.h"
#include "hmtfs/tree.h"
#include "input.h"

static struct hmtctl ctl = { .fake = true };

int fuzz_prepare(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	errors_mute(true);
	ctl.root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctl.root < 0)
		wrong("no directory " ROOT);
	/* Printing is tested, and not needed. */
	if (!freopen("/dev/null", "w", stdout))
		wrong("no /dev/null");
	return 0;
}

static void check_again(struct json_object *tree)
{
	const char *text = json_object_to_json_string_ext(tree,
							  JSON_C_TO_STRING_PLAIN);
	struct json_object *again = NULL;

	if (tree_parse("again", text, strlen(text), &again) ||
	    tree_check_form("again", again))
		wrong("refused when it is read again: %s", text);
	if (!json_object_equal(tree, again))
		wrong("another tree when it is read again: %s", text);
	json_object_put(again);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct json_object *tree = NULL;
	char *text;

	set_input(data, size);
	text = rest_as_text();
	if (!tree_parse("fuzz", text, size, &tree) &&
	    !tree_check_form("fuzz", tree)) {
		check_again(tree);
		if (!tree_check_machine(&ctl, "fuzz", tree, NULL))
			tree_print_changes(&ctl, tree);
	}
	json_object_put(tree);
	free(text);
	return 0;
}
