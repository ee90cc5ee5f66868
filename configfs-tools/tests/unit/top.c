// SPDX-License-Identifier: GPL-2.0
/* Content and lines of "hmtctl top". Prints TAP. */
#include <stdlib.h>
#include <string.h>

#include "view/top-layout.h"
#include "tap.h"

static const char *const facts_lines[] = {
	"{ 'memories': [",
	"    { 'name': 'node1', 'tier': 'cxl', 'kind': 'cxl', 'size': 1048576000,",
	"      'available': 524288000 },",
	"    { 'name': 'node0', 'tier': 'dram', 'kind': 'dram',",
	"      'size': 409600000, 'available': 4096 },",
	"    { 'name': 'node2', 'tier': 'none', 'size': 7 } ],",
	"  'tiers': [",
	"    { 'name': 'cxl', 'low_watermark': 20, 'high_watermark': 40,",
	"      'demotes_to': [] },",
	"    { 'name': 'dram', 'low_watermark': 20, 'high_watermark': 40,",
	"      'demotes_to': [ 'cxl' ] } ],",
	"  'workloads': [ { 'name': 'a', 'live': true },",
	"    { 'name': 'b', 'live': true, 'dry_run': true } ],",
	"  'stats': [",
	"    { 'name': 'a', 'state': 'running', 'processes': 1, 'promoted': 1000,",
	"      'demoted': 10, 'cpu_ns': 1000000, 'passes': 9, 'tiers': [",
	"        { 'tier': 'dram', 'pages': 300 }, { 'tier': 'cxl', 'pages': 100 } ],",
	"      'histogram': [ { 'tier': 'dram', 'pages':",
	"        [ 50000, 20000, 0, 0, 0, 0, 0, 0, 10000, 0, 0, 0, 0, 0, 0, 5000 ] } ] },",
	"    { 'name': 'b', 'state': 'running', 'cpu_ns': 5000000 } ],",
	"  'edges': [ { 'from': 'node1', 'to': 'node0', 'direction': 'promote',",
	"      'bytes': 0, 'moved': 0 },",
	"    { 'from': 'node0', 'to': 'node1', 'direction': 'demote',",
	"      'bytes': 4096000, 'moved': 1000, 'failed_busy': 2 } ] }",
};

static struct json_object *members;

static void facts_make(struct facts *facts, double when)
{
	char text[4096] = "", *quote;
	size_t i;

	for (i = 0; i < sizeof(facts_lines) / sizeof(*facts_lines); i++)
		strcat(text, facts_lines[i]);
	while ((quote = strchr(text, '\'')))
		*quote = '"';
	json_object_put(members);
	members = json_tokener_parse(text);
	*facts = (struct facts){
		.when = when, .page = 4096, .status = strdup("generation 3"),
		.hmtd = strdup("ready"),
		.memories = json_object_get(json_object_object_get(members, "memories")),
		.tiers = json_object_get(json_object_object_get(members, "tiers")),
		.workloads = json_object_get(json_object_object_get(members, "workloads")),
		.stats = json_object_get(json_object_object_get(members, "stats")),
		.edges = json_object_get(json_object_object_get(members, "edges")),
	};
}

static void set_counter(struct facts *facts, size_t workload, const char *key,
			int64_t value)
{
	json_object_object_add(json_object_array_get_idx(facts->stats, workload),
			       key, json_object_new_int64(value));
}

static void test_content(struct facts *before, struct facts *now)
{
	struct top_model model;

	top_model_make(&model, before, now, TOP_BY_CPU, NULL);
	ok(model.nr_tiers == 2 && !strcmp(model.tiers[0].tier.name, "dram") &&
	   !strcmp(model.tiers[1].tier.name, "cxl"),
	   "tiers in the order of demotion, memories outside left out");
	ok(model.tiers[0].heat.hot == 15000 * 4096 &&
	   model.tiers[0].heat.warm == 20000 * 4096 &&
	   model.tiers[0].heat.cold == 50000 * 4096, "heat in bytes");
	ok(model.tiers[0].other == 409600000 - 4096 - 85000 * 4096,
	   "other pages are the rest");
	ok(model.tiers[1].other == 524288000, "a tier without workload");
	ok(!strcmp(model.workloads[0].name, "b") &&
	   model.workloads[0].cpu_permille == 2, "order by cost");
	ok(!strcmp(model.workloads[0].state, "dry run"), "a dry run");
	ok(model.workloads[1].top_permille == 750, "share of the top tier");
	ok(model.workloads[1].promoted == 500 * 4096, "rate of promotion");
	ok(model.workloads[1].demoted == 2 * 4096, "a counter that began again");
	ok(!strcmp(model.edges[0].from, "node0") &&
	   model.edges[0].failed == 2, "busy edges first");
	top_model_release(&model);

	top_model_make(&model, before, now, TOP_BY_NAME, "b");
	ok(!strcmp(model.workloads[0].name, "a"), "order by name");
	ok(!model.tiers[0].heat.hot && model.tiers[0].other > 400000000,
	   "bars of another workload");
	top_model_release(&model);

	top_model_make(&model, now, now, TOP_BY_MOVES, NULL);
	ok(!model.workloads[0].promoted && !model.workloads[0].cpu_permille,
	   "no time, no rates");
	top_model_release(&model);
}

static bool fits(const struct top_screen *screen, const struct top_view *view)
{
	size_t i;

	for (i = 0; i < screen->count; i++)
		if (strlen(screen->lines[i].text) > view->columns)
			return false;
	return screen->count <= view->rows;
}

static bool has_text(const struct top_screen *screen, const char *text)
{
	size_t i;

	for (i = 0; i < screen->count; i++)
		if (strstr(screen->lines[i].text, text))
			return true;
	return false;
}

static void test_sizes(const struct facts *before, const struct facts *now)
{
	struct top_view view = { .live = true, .seconds = 1 };
	struct top_screen screen;
	struct top_model model;
	bool good = true, all = true;

	top_model_make(&model, before, now, TOP_BY_NAME, NULL);
	for (view.columns = 80; view.columns <= 500; view.columns += 7)
		for (view.rows = 24; view.rows <= 80; view.rows++) {
			top_layout(&screen, &model, &view);
			good = good && fits(&screen, &view);
			all = all && has_text(&screen, "WAITS") &&
			      has_text(&screen, "q quit");
			top_screen_release(&screen);
		}
	ok(good, "lines fit any screen from 80x24 on");
	ok(all, "every list has a place");
	view.columns = 80;
	view.rows = 24;
	top_layout(&screen, &model, &view);
	ok(screen.lines[2].look[36] == TOP_HOT &&
	   screen.lines[2].text[36] == '#', "a bar begins with hot pages");
	ok(screen.lines[2].look[28] == TOP_ALERT, "free memory below the watermark");
	top_screen_release(&screen);
	top_model_release(&model);
}

static void test_keys(const struct facts *before, const struct facts *now)
{
	struct top_view view = { .seconds = 1 };
	struct top_model model;

	top_model_make(&model, before, now, TOP_BY_NAME, NULL);
	ok(top_key(&view, &model, '\n') && !view.only,
	   "Enter without a selection does nothing");
	ok(top_key(&view, &model, TOP_KEY_UP) && !strcmp(view.selected, "a") &&
	   top_key(&view, &model, TOP_KEY_UP) && !strcmp(view.selected, "a"),
	   "up ends at the first");
	ok(top_key(&view, &model, 'j') && top_key(&view, &model, 'j') &&
	   !strcmp(view.selected, "b"), "down ends at the last");
	ok(top_key(&view, &model, '\n') && view.only, "Enter selects it alone");
	ok(top_key(&view, &model, 's') && view.sort == TOP_BY_MOVES, "s sorts");
	ok(top_key(&view, &model, 'x') && view.sort == TOP_BY_MOVES,
	   "others do nothing");
	ok(top_key(&view, &model, '?') && view.help &&
	   top_key(&view, &model, '\033') && !view.help, "help, and its end");
	ok(!top_key(&view, &model, '\033') && !top_key(&view, &model, 'q'),
	   "Esc and q quit");
	top_model_release(&model);
}

int main(void)
{
	struct facts before, now;

	facts_make(&before, 10);
	facts_make(&now, 12);
	set_counter(&now, 0, "promoted", 2000);
	set_counter(&now, 0, "demoted", 4);
	set_counter(&now, 1, "cpu_ns", 9000000);
	json_object_object_add(json_object_array_get_idx(now.edges, 1), "bytes",
			       json_object_new_int64(8192000));
	test_content(&before, &now);
	test_sizes(&before, &now);
	test_keys(&before, &now);
	facts_release(&before);
	facts_release(&now);
	json_object_put(members);
	return end_of_tests();
}
