// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "util/cleanup.h"
#include "util/units.h"
#include "view/advice.h"
#include "view/graph.h"
#include "view/page.h"
#include "view/pictures.h"
#include "view/svg.h"

/* Wide pictures and tables are scrolled on a small screen, the page is not. */
static const char *const head[] = {
	"<!DOCTYPE html>",
	"<html lang=\"en\">",
	"<head>",
	"<meta charset=\"utf-8\">",
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
	"<title>HMT report</title>",
	"<style>",
	"body { font-family: sans-serif; line-height: 1.45; max-width: 60rem;",
	"margin: 0 auto; padding: 0 1rem 3rem; color: #222; }",
	"h1 { margin-bottom: 0; }",
	"h2 { border-bottom: 2px solid #0072b2; margin-top: 2.2rem; }",
	".wide { overflow-x: auto; }",
	"svg { min-width: 40rem; max-width: 100%; height: auto; }",
	"table { border-collapse: collapse; font-size: 0.9rem; }",
	"th, td { padding: 0.25rem 0.7rem; border-bottom: 1px solid #ddd;",
	"text-align: right; white-space: nowrap; }",
	"th { background: #f0f4f8; }",
	"th:first-child, td:first-child { text-align: left; }",
	".bar { display: flex; height: 1.1rem; width: 14rem; border: 1px solid #333; }",
	".bar span { display: block; }",
	"li { margin-bottom: 0.4rem; overflow-wrap: anywhere; }",
	".remedy { color: #0b5a2b; }",
	"</style>",
	"</head>",
	"<body>",
	NULL
};

static void put_lines(FILE *out, const char *const *lines)
{
	for (; *lines; lines++)
		fprintf(out, "%s\n", *lines);
}

/**
 * struct cell - a column of a table
 * @title: its title; NULL ends a table
 * @key: member of the objects
 * @size: it is a number of bytes
 */
struct cell {
	const char *title;
	const char *key;
	bool size;
};

static const struct cell workload_cells[] = {
	{ "Workload", "name", false },
	{ "State", "state", false },
	{ "Processes", "processes", false },
	{ "Passes", "passes", false },
	{ "Promoted", "promoted", false },
	{ "Demoted", "demoted", false },
	{ "Failed", "failed", false },
	{ "Huge", "skipped_huge", false },
	{ "File", "skipped_file", false },
	{ "Demand", "demand", false },
	{ "Came back", "returned", false },
	{ "STAR (&#8240;)", "star_permille", false },
	{ "STRR (&#8240;)", "strr_permille", false },
	{ "Heat map", "heat_bytes", true },
	{ }
};

static const struct cell setting_cells[] = {
	{ "Workload", "name", false },
	{ "live", "live", false },
	{ "cgroup", "cgroup", false },
	{ "providers", "providers", false },
	{ "scan_interval_ms", "scan_interval_ms", false },
	{ "scan_interval_min_ms", "scan_interval_min_ms", false },
	{ "scan_interval_max_ms", "scan_interval_max_ms", false },
	{ "samples", "samples", false },
	{ "promote_mib_per_s", "promote_mib_per_s", false },
	{ "demote_mib_per_s", "demote_mib_per_s", false },
	{ "limits", "limits", false },
	{ "protect", "protect", false },
	{ "dry_run", "dry_run", false },
	{ "promote_in_fault", "promote_in_fault", false },
	{ "spread_load", "spread_load", false },
	{ }
};

static const struct cell memory_cells[] = {
	{ "Memory", "name", false },
	{ "Kind", "kind", false },
	{ "Tier", "tier", false },
	{ "Size", "size", true },
	{ "Free", "available", true },
	{ "Read latency (ns)", "read_latency", false },
	{ "Read bandwidth (MB/s)", "read_bandwidth", false },
	{ }
};

static const struct cell edge_cells[] = {
	{ "From", "from", false },
	{ "To", "to", false },
	{ "Direction", "direction", false },
	{ "Pages moved", "moved", false },
	{ "Bytes", "bytes", true },
	{ "Pinned", "failed_pinned", false },
	{ "Busy", "failed_busy", false },
	{ "No room", "failed_nomem", false },
	{ "Raced", "failed_raced", false },
	{ "By the kernel", "kernel_demoted", false },
	{ }
};

/* Print the members of an object as in the attribute: "dram=5 cxl=7". */
static void print_members(FILE *out, struct json_object *object)
{
	const char *blank = "";

	json_object_object_foreach(object, key, value) {
		fputs(blank, out);
		svg_escape(out, key);
		putc('=', out);
		svg_escape(out, json_object_get_string(value) ?: "");
		blank = " ";
	}
	if (!*blank)
		putc('-', out);
}

static void print_page_value(FILE *out, struct json_object *object,
			     const struct cell *cell)
{
	const char *text = json_text(object, cell->key);
	char size[UNITS_LEN];

	if (json_object_is_type(json_object_object_get(object, cell->key),
				json_type_object)) {
		print_members(out, json_object_object_get(object, cell->key));
		return;
	}
	if (cell->size) {
		human_size(json_number(object, cell->key), size);
		text = size;
	}
	svg_escape(out, text && *text ? text : "-");
}

static void print_cells(FILE *out, const char *title, const struct cell *cells,
			struct json_object *array)
{
	const struct cell *cell;
	size_t i;

	fprintf(out, "<h2>%s</h2>\n<div class=\"wide\"><table>\n<tr>", title);
	for (cell = cells; cell->title; cell++)
		fprintf(out, "<th>%s</th>", cell->title);
	fputs("</tr>\n", out);
	for (i = 0; i < json_object_array_length(array); i++) {
		fputs("<tr>", out);
		for (cell = cells; cell->title; cell++) {
			fputs("<td>", out);
			print_page_value(out,
					 json_object_array_get_idx(array, i),
					 cell);
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

/* Print a row for each member, and a column for each object: names are few. */
static void print_turned(FILE *out, const char *title, const struct cell *cells,
			 struct json_object *array)
{
	const char *kind = "th";
	const struct cell *cell;
	size_t i;

	fprintf(out, "<h2>%s</h2>\n<div class=\"wide\"><table>\n", title);
	for (cell = cells; cell->title; cell++) {
		fprintf(out, "<tr><%s>%s</%s>", kind, cell->title, kind);
		for (i = 0; i < json_object_array_length(array); i++) {
			fprintf(out, "<%s>", kind);
			print_page_value(out,
					 json_object_array_get_idx(array, i),
					 cell);
			fprintf(out, "</%s>", kind);
		}
		fputs("</tr>\n", out);
		kind = "td";
	}
	fputs("</table></div>\n", out);
}

static void print_sentences(FILE *out, struct json_object *findings,
			    const char *none)
{
	struct json_object *finding;
	const char *remedy;
	size_t i;

	if (!json_object_array_length(findings)) {
		fprintf(out, "<p>%s</p>\n", none);
		return;
	}
	fputs("<ul>\n", out);
	for (i = 0; i < json_object_array_length(findings); i++) {
		finding = json_object_array_get_idx(findings, i);
		remedy = json_text(finding, "remedy");
		fputs("<li>", out);
		svg_escape(out, json_text(finding, "text"));
		fputs(remedy ? ": <span class=\"remedy\">" : "", out);
		svg_escape(out, remedy ?: "");
		fputs(remedy ? "</span></li>\n" : "</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void print_bar_part(FILE *out, uint64_t bytes, uint64_t size,
			   const char *colour)
{
	if (bytes && size)
		fprintf(out, "<span style=\"width:%.2f%%;background:%s\"></span>",
			bytes * 100.0 / size, colour);
}

static void print_tier_row(FILE *out, const struct facts *facts,
			   const struct graph_tier *tier)
{
	struct temperature sum = { };
	char size[UNITS_LEN], free[UNITS_LEN];
	uint64_t used;
	size_t i;

	for (i = 0; i < json_object_array_length(facts->stats); i++)
		temperature_add(&sum, json_object_array_get_idx(facts->stats, i),
				tier->name);
	used = (sum.hot + sum.warm + sum.cold) * facts->page;
	human_size(tier->size, size);
	human_size(tier->free, free);
	fputs("<tr><td>", out);
	svg_escape(out, tier->name);
	fprintf(out, "</td><td>%s</td><td>%s</td><td><div class=\"bar\">", size,
		free);
	print_bar_part(out, sum.hot * facts->page, tier->size, "#d63a2b");
	print_bar_part(out, sum.warm * facts->page, tier->size, "#f5a33c");
	print_bar_part(out, sum.cold * facts->page, tier->size, "#9fb8d0");
	if (used + tier->free < tier->size)
		print_bar_part(out, tier->size - used - tier->free, tier->size,
			       "#cccccc");
	fputs("</div></td></tr>\n", out);
}

static const char *const about_shares[] = {
	"<p>STAR is the share of accesses below the top tier, what slow memory costs;",
	"STRR is the share of pages below it, what slow memory saves. Came back: moves",
	"that undo one of the last minute.</p>",
	NULL
};

static const char *const tier_head[] = {
	"<h2>Tiers</h2>",
	"<div class=\"wide\"><table>",
	"<tr><th>Tier</th><th>Size</th><th>Free</th>",
	"<th>Hot (red), warm (orange), cold (blue), other (grey)</th></tr>",
	NULL
};

static void print_tiers(FILE *out, const struct facts *facts,
			const struct graph *graph)
{
	size_t i;

	put_lines(out, tier_head);
	for (i = 0; i < graph->count; i++)
		print_tier_row(out, facts, &graph->tiers[i]);
	fputs("</table></div>\n", out);
}

static const char *const about_heat[] = {
	"<h2>Heat over time</h2>",
	"<p>Above: the mean heat of each part of the memory, the darker the",
	"more often it is accessed. Below: the tier that it is in. With a good",
	"placement, dark parts have the colour of the fastest tier.</p>",
	"<div class=\"wide\">",
	NULL
};

static const char *const about_residency[] = {
	"</div>",
	"<h2>Memory by tier</h2>",
	"<div class=\"wide\">",
	NULL
};

static const char *const about_cdf[] = {
	"</div>",
	"<h2>Distribution of heat</h2>",
	"<p>The line is the share of all heat that the hottest memory of that",
	"size has: the most that a fast tier of this size can serve. A dot is",
	"the share that a tier and those above it serve now. The distance",
	"between a dot and the line can still be gained.</p>",
	"<div class=\"wide\">",
	NULL
};

static void print_pictures(FILE *out, const struct history *history)
{
	put_lines(out, about_heat);
	picture_heat(out, history);
	put_lines(out, about_residency);
	picture_residency(out, history);
	put_lines(out, about_cdf);
	picture_cdf(out, history);
	fputs("</div>\n", out);
}

void page_print(FILE *out, const struct facts *facts,
		const struct history *history, const char *date)
{
	auto_json struct json_object *advice = json_object_new_array();
	auto_json struct json_object *causes = json_object_new_array();
	struct graph graph;
	size_t i;

	graph_make(&graph, facts);
	advice_find(facts, &graph, advice);
	for (i = 0; i < json_object_array_length(facts->stats); i++)
		causes_of_workload(facts, &graph,
				   json_text(json_object_array_get_idx(facts->stats, i),
					     "name"), causes);
	put_lines(out, head);
	fprintf(out, "<h1>HMT report</h1>\n<p>%s, ", date);
	svg_escape(out, facts->status);
	fputs(", hmtd ", out);
	svg_escape(out, *facts->hmtd ? facts->hmtd : "unknown");
	fputs("</p>\n<h2>Advice</h2>\n", out);
	print_sentences(out, advice,
			"No tier has the wrong size, and every workload can gain.");
	if (history->nr_passes)
		print_pictures(out, history);
	print_tiers(out, facts, &graph);
	print_turned(out, "Workloads", workload_cells, facts->stats);
	put_lines(out, about_shares);
	fputs("<h2>Obstacles</h2>\n", out);
	print_sentences(out, causes, "No obstacle is known.");
	print_cells(out, "Moves", edge_cells, facts->edges);
	print_turned(out, "Settings", setting_cells, facts->workloads);
	print_cells(out, "Memories", memory_cells, facts->memories);
	fputs("</body>\n</html>\n", out);
}
