// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of gcc for "make coverage". The place of a choice is that where a macro is
 * used, also if the choice is one of the macro, for example one within test_bit(). Give
 * it the place where it is written, as choices of inline functions have it, unless that
 * is below the folder of the argument "own". A choice in the argument of a macro is
 * written where the macro is used; but gcc has given one in the argument of a function
 * that the macro calls the place of the call, and merges some choices of ours with one
 * of the macro, for example that of an "if" with the one within WARN_ON().
 *
 * The lines themselves count as before: a statement that does nothing stays.
 */
#include "gcc-plugin.h"
#include "plugin-version.h"

#include "tree.h"
#include "basic-block.h"
#include "cgraph.h"
#include "context.h"
#include "function.h"
#include "gimple.h"
#include "gimple-iterator.h"
#include "tree-pass.h"

int plugin_is_GPL_compatible;

static const char *own;

static const pass_data data = {
	SIMPLE_IPA_PASS, "arms", OPTGROUP_NONE, TV_NONE, PROP_cfg, 0, 0, 0, 0,
};

/* Return where the token stands in a source, and not where its macro is used. */
static location_t spelled(location_t used)
{
	return linemap_resolve_location(line_table, used, LRK_SPELLING_LOCATION,
					NULL);
}

static bool is_own(location_t place)
{
	const char *file = expand_location(place).file;

	return !file || !strncmp(file, own, strlen(own));
}

/* Move the choice at the end of a block to the place where it is written. */
static void move_choice(basic_block block)
{
	gimple_stmt_iterator last = gsi_last_nondebug_bb(block);
	gimple *choice = gsi_end_p(last) ? NULL : gsi_stmt(last);
	location_t used, place;
	gimple *nop;
	tree scope;

	if (!choice || (gimple_code(choice) != GIMPLE_COND &&
			gimple_code(choice) != GIMPLE_SWITCH))
		return;
	used = LOCATION_LOCUS(gimple_location(choice));
	place = spelled(used);
	if (place == used || place <= BUILTINS_LOCATION || is_own(place))
		return;
	nop = gimple_build_nop();
	gimple_set_location(nop, gimple_location(choice));
	gsi_insert_before(&last, nop, GSI_SAME_STMT);
	scope = gimple_block(choice);
	gimple_set_location(choice, place);
	gimple_set_block(choice, scope);
}

class arms : public simple_ipa_opt_pass
{
public:
	arms(gcc::context *context) : simple_ipa_opt_pass(data, context)
	{
	}

	unsigned int execute(function *) final override
	{
		struct cgraph_node *node;
		basic_block block;

		FOR_EACH_DEFINED_FUNCTION(node) {
			if (!gimple_has_body_p(node->decl) || node->thunk)
				continue;
			push_cfun(DECL_STRUCT_FUNCTION(node->decl));
			FOR_EACH_BB_FN(block, cfun)
				move_choice(block);
			pop_cfun();
		}
		return 0;
	}
};

int plugin_init(struct plugin_name_args *info, struct plugin_gcc_version *version)
{
	struct register_pass_info pass = {
		new arms(g), "profile", 1, PASS_POS_INSERT_BEFORE,
	};

	if (!plugin_default_version_check(version, &gcc_version))
		return 1;
	if (info->argc != 1 || strcmp(info->argv[0].key, "own") ||
	    !info->argv[0].value)
		return 1;
	own = info->argv[0].value;
	register_callback(info->base_name, PLUGIN_PASS_MANAGER_SETUP, NULL, &pass);
	return 0;
}
