// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "hmtfs/configfs.h"
#include "hmtfs/facts.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/units.h"
#include "view/top-layout.h"
#include "view/top-screen.h"

#define DEFAULT_SECONDS	"1"

struct top_values {
	const char *delay;
	const char *sort;
	bool once;
	bool json;
};

#define PLACE(member) offsetof(struct top_values, member)

static const struct option_spec options[] = {
	{ 0, "delay", "SECONDS", "time between readings, default 1", OPT_TEXT,
	  PLACE(delay), NULL },
	{ 0, "sort", "KEY", "order of workloads: cpu, moves, size or name",
	  OPT_TEXT, PLACE(sort), NULL },
	{ 0, "once", NULL, "print one report as text, for pipes", OPT_FLAG,
	  PLACE(once), NULL },
	{ 'j', "json", NULL, "print one report as JSON", OPT_FLAG, PLACE(json),
	  NULL },
	{ }
};

/**
 * struct readings - the latest two readings and their content
 * @ctl: the machine
 * @before: the former
 * @now: the latter
 * @model: content, made of both
 */
struct readings {
	const struct hmtctl *ctl;
	struct facts before;
	struct facts now;
	struct top_model model;
};

static void readings_release(struct readings *readings)
{
	top_model_release(&readings->model);
	facts_release(&readings->before);
	facts_release(&readings->now);
}

static void remake_model(struct readings *readings, const struct top_view *view)
{
	top_model_release(&readings->model);
	top_model_make(&readings->model, &readings->before, &readings->now,
		       view->sort, view->only ? view->selected : NULL);
}

static int next_reading(struct readings *readings, const struct top_view *view)
{
	struct facts facts;
	int result = facts_read(readings->ctl, &facts);

	if (result) {
		facts_release(&facts);
		return result;
	}
	top_model_release(&readings->model);
	facts_release(&readings->before);
	readings->before = readings->now;
	readings->now = facts;
	remake_model(readings, view);
	return RESULT_OK;
}

static void draw(const struct readings *readings, struct top_view *view)
{
	struct top_screen screen;

	terminal_size(&view->columns, &view->rows);
	if (view->columns < TOP_COLUMNS_MIN)
		view->columns = TOP_COLUMNS_MIN;
	if (view->rows < TOP_ROWS_MIN)
		view->rows = TOP_ROWS_MIN;
	top_layout(&screen, &readings->model, view);
	terminal_draw(&screen);
	top_screen_release(&screen);
}

/* Handle keys until the next reading is due. Returns false to quit. */
static bool take_keys(struct readings *readings, struct top_view *view)
{
	uint64_t due = ms_now() + (uint64_t)(view->seconds * 1000), now;
	int key;

	while (!interrupted && (now = ms_now()) < due) {
		key = terminal_key((int)(due - now));
		if (key == TERMINAL_NO_KEY)
			continue;
		if (key == TERMINAL_GONE)
			return false;
		if (key != TERMINAL_RESIZED &&
		    !top_key(view, &readings->model, key))
			return false;
		remake_model(readings, view);
		draw(readings, view);
		if (due > ms_now() + (uint64_t)(view->seconds * 1000))
			break;
	}
	return !interrupted;
}

/* Print the message of a reading that failed on the full screen. */
static int repeat_message(const struct hmtctl *ctl)
{
	auto_facts struct facts facts = { };
	int result = facts_read(ctl, &facts);

	return result ? result :
	       fail(RESULT_REFUSED, "top: HMT was unloaded in the meantime; start it again");
}

static int run_live(struct readings *readings, struct top_view *view)
{
	const char *no_colours = getenv("NO_COLOR");
	int result = RESULT_OK;

	if (!terminal_open(!no_colours || !*no_colours))
		return fail(RESULT_REFUSED,
			    "top: the terminal cannot be opened (use 'hmtctl stat --watch')");
	catch_interrupts();
	/* A message on the full screen would end with it. */
	errors_mute(true);
	do {
		draw(readings, view);
	} while (take_keys(readings, view) &&
		 !(result = next_reading(readings, view)));
	errors_mute(false);
	terminal_close();
	return result ? repeat_message(readings->ctl) : RESULT_OK;
}

/* Return the width of the terminal on standard output, or the least one. */
static size_t text_width(void)
{
	const char *columns = getenv("COLUMNS");
	uint64_t width;

	if (!columns || !parse_number(columns, TOP_COLUMNS_MIN,
				      TOP_COLUMNS_MAX, &width))
		return TOP_COLUMNS_MIN;
	return width;
}

static void print_lines(const struct readings *readings, struct top_view *view)
{
	struct top_screen screen;
	size_t i, length;

	view->columns = text_width();
	top_layout(&screen, &readings->model, view);
	for (i = 0; i < screen.count; i++) {
		length = strlen(screen.lines[i].text);
		while (length && screen.lines[i].text[length - 1] == ' ')
			length--;
		printf("%.*s\n", (int)length, screen.lines[i].text);
	}
	top_screen_release(&screen);
}

static int run_once(struct readings *readings, struct top_view *view, bool json)
{
	const struct timespec time = {
		.tv_sec = (time_t)view->seconds,
		.tv_nsec = (long)((view->seconds - (time_t)view->seconds) * 1e9),
	};
	int result;

	nanosleep(&time, NULL);
	result = next_reading(readings, view);
	if (result)
		return result;
	if (json) {
		auto_json struct json_object *all =
			top_model_json(&readings->model);

		print_result(all, false);
	} else {
		print_lines(readings, view);
	}
	return RESULT_OK;
}

static int parse_top_values(const struct top_values *values,
			    struct top_view *view)
{
	const char *delay = values->delay ? values->delay : DEFAULT_SECONDS;
	enum top_sort sort;

	if (!parse_seconds(delay, &view->seconds))
		return fail(RESULT_USAGE,
			    "top: --delay '%.40s': not a number of seconds from 0.05 to 86400",
			    delay);
	if (!values->sort)
		return RESULT_OK;
	for (sort = 0; sort < TOP_SORTS; sort++)
		if (!strcmp(values->sort, top_sort_name(sort))) {
			view->sort = sort;
			return RESULT_OK;
		}
	return fail(RESULT_USAGE, "top: --sort '%.40s': not cpu, moves, size or name",
		    values->sort);
}

static int cmd_top_run(const struct hmtctl *ctl, const void *arguments,
		       char **operands)
{
	const struct top_values *values = arguments;
	struct top_view view = { .live = !values->once && !values->json };
	struct readings readings = { .ctl = ctl };
	const char *refusal = view.live ? terminal_refusal() : NULL;
	int result = parse_top_values(values, &view);

	if (!result && refusal)
		return fail(RESULT_REFUSED,
			    "top: %s (use 'hmtctl stat --watch', or 'hmtctl top --once')",
			    refusal);
	if (!result && *operands) {
		auto_object struct object workload = OBJECT_NONE;

		result = object_open(ctl, &class_workload, *operands, &workload);
		snprintf(view.selected, sizeof(view.selected), "%s", *operands);
		view.only = true;
	}
	result = result ?: facts_read(ctl, &readings.now);
	/* The first screen has no rates: both readings are of one time. */
	if (!result)
		result = next_reading(&readings, &view);
	if (!result)
		result = view.live ? run_live(&readings, &view) :
			 run_once(&readings, &view, values->json);
	readings_release(&readings);
	return result;
}

const struct command cmd_top = {
	.name = "top",
	.operands = "[OPTION...] [WORKLOAD]",
	.summary = "Show tiers, workloads, moves and obstacles, live.",
	.man = "hmtctl-top",
	.options = options,
	.values_size = sizeof(struct top_values),
	.max_operands = 1,
	.run = cmd_top_run,
};
