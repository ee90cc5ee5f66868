// SPDX-License-Identifier: GPL-2.0
/* Events of tiers, parsed. Prints TAP. */
#include <stdio.h>
#include <string.h>

#include "trace/parse.h"
#include "tap.h"

#define REQUIRED " tier=fast index=1 tiers=3 capacity=100 free=-7 low=10 high=20 limit=80 promote=5 demote=6"

static struct trace_pass pass;

static int parse(const char *line)
{
	memset(&pass, 0, sizeof(pass));
	return trace_parse_tier(line, &pass);
}

static bool accepted(const char *more)
{
	char line[512];

	snprintf(line, sizeof(line), REQUIRED "%s targets=02", more);
	return parse(line) == 1;
}

/* True if the event is refused without the value of @key. */
static bool required(const char *key)
{
	char line[512] = REQUIRED " targets=02";
	char *found = strstr(line, key);

	if (!found)
		return false;
	*found = 'x';
	return parse(line) < 0;
}

/* True if the event is accepted with the value of @setting, "KEY=VALUE". */
static bool tier_accepted(const char *setting)
{
	int key = strcspn(setting, "=") + 1;
	char line[512], pattern[32];
	const char *old;

	snprintf(pattern, sizeof(pattern), " %.*s", key, setting);
	old = strstr(REQUIRED, pattern) + 1;
	snprintf(line, sizeof(line), "%.*s%s%s targets=02",
		 (int)(old - REQUIRED), REQUIRED, setting,
		 old + strcspn(old, " "));
	return parse(line) == 1;
}

static void test_values(void)
{
	const struct trace_tier *tier = &pass.tiers[1];

	ok(accepted(" samples=4 demand=9 protect=12 owed=3 claim=7 intervals=2 weights=1e"),
	   "all fields");
	ok(!strcmp(tier->name, "fast") && pass.nr_tiers == 3,
	   "name and number of tiers");
	ok(tier->capacity == 100 && tier->free == -7 && tier->low == 10 &&
	   tier->high == 20 && tier->limit == 80 && tier->demand == 9 &&
	   tier->protect == 12 && tier->owed == 3 && tier->claim == 7,
	   "pages of the tier");
	ok(pass.promote == 5 && pass.demote == 6 && pass.samples == 4 &&
	   pass.intervals == 2, "numbers of the pass");
	ok(tier->nr_targets == 1 && tier->targets[0] == 2 &&
	   tier->weights[0] == 0x1e, "targets and weights");
}

static void test_defaults(void)
{
	ok(accepted(""), "an older trace");
	ok(pass.samples == 0 && pass.intervals == 1 && pass.margin == 0 &&
	   pass.tiers[1].demand == 0 && pass.tiers[1].protect == 0 &&
	   pass.tiers[1].owed == 0 && pass.tiers[1].claim == 0 &&
	   pass.tiers[1].heat_limit == 0,
	   "defaults of optional fields");
	ok(accepted(" intervals=x") && pass.intervals == 1,
	   "not a number: the default");
}

static void test_required(void)
{
	ok(required("tier=") && required("index=") && required("tiers=") &&
	   required("capacity=") && required("free=") && required("low=") &&
	   required("high=") && required("limit=") && required("promote=") &&
	   required("demote=") && required("targets="),
	   "each required field is required");
}

static void test_bounds(void)
{
	ok(accepted(" samples=1") && accepted(" samples=256"),
	   "bounds of samples");
	ok(!accepted(" samples=0") && !accepted(" samples=257"),
	   "samples out of bounds");
	ok(accepted(" intervals=1") && accepted(" intervals=256"),
	   "bounds of intervals");
	ok(!accepted(" intervals=0") && !accepted(" intervals=257"),
	   "intervals out of bounds");
	ok(accepted(" margin=0") && accepted(" margin=255") && pass.margin == 255 &&
	   !accepted(" margin=-1") && !accepted(" margin=256"), "bounds of the margin");
	ok(accepted(" heat_limit=5") && pass.tiers[1].heat_limit == 5 &&
	   !accepted(" heat_limit=-1"), "bounds of the heat of a tier");
	ok(!tier_accepted("capacity=4503599627370497") &&
	   tier_accepted("capacity=4503599627370496"), "most pages of a tier");
	ok(!tier_accepted("low=-1") && !tier_accepted("high=-1") &&
	   !tier_accepted("capacity=-1") && !tier_accepted("limit=-1"),
	   "pages that are not negative");
	ok(tier_accepted("free=-4503599627370496") &&
	   !tier_accepted("free=-9223372036854775808"),
	   "free pages of a tier that is too full");
	ok(tier_accepted("limit=9223372036854775807") &&
	   tier_accepted("promote=9223372036854775807"), "no limit");
	ok(accepted(" demand=0") && !accepted(" demand=-1"),
	   "pages in demand are not negative");
	ok(!accepted(" weights=") && !accepted(" weights=1e1e"),
	   "as many weights as targets");
	ok(parse(REQUIRED " targets=01") < 0 && parse(REQUIRED " targets=00") < 0,
	   "a target is below its tier");
	ok(parse(REQUIRED " targets=03") < 0, "a target is a tier of the graph");
}

int main(void)
{
	test_values();
	test_defaults();
	test_required();
	test_bounds();
	return end_of_tests();
}
