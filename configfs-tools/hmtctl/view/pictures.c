// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "view/pictures.h"
#include "view/svg.h"

#define WIDTH		900
#define LEFT		80
#define PLOT_WIDTH	660
/* Most rows and columns of a map, so that the picture stays small. */
#define MAP_ROWS	96
#define MAP_COLUMNS	220
/* Heat is drawn in steps, which are merged along the time. */
#define HEAT_STEP	8

static double bytes_of(uint64_t pages)
{
	return (double)pages * TRACE_PAGE;
}

/* Return the time of a pass since the first one. */
static double pass_time(const struct history *history, size_t pass)
{
	return history->passes[pass].when - history->passes[0].when;
}

/* Return the end of the time axis: the last pass lasts as long as the mean. */
static double time_end(const struct history *history)
{
	double last = pass_time(history, history->nr_passes - 1);

	return history->nr_passes > 1 ?
	       last * history->nr_passes / (history->nr_passes - 1) : 1;
}

static void print_box(FILE *out, double y, const char *colour, const char *text)
{
	const double x = LEFT + PLOT_WIDTH + 22;

	/* A border shows the lightest heat on white. */
	svg_box(out, x - 0.5, y - 0.5, 15, 15, "#333333");
	svg_box(out, x, y, 14, 14, colour);
	svg_text(out, x + 21, y + 12, "start", text);
}

static bool is_shown_place(const struct history *history, unsigned int place)
{
	size_t i;

	for (i = 0; i < history->nr_passes; i++)
		if (history->passes[i].resident[place])
			return true;
	return place < history->nr_tiers;
}

static const char *place_colour(unsigned int place)
{
	return place == HISTORY_OUTSIDE ? "#bbbbbb" : svg_tier_colour(place);
}

static void print_tier_legend(FILE *out, const struct history *history,
			      double y)
{
	unsigned int place;
	char text[40];

	svg_text(out, LEFT + PLOT_WIDTH + 22, y - 8, "start", "Tier");
	for (place = 0; place < HISTORY_PLACES; place++) {
		if (!is_shown_place(history, place))
			continue;
		snprintf(text, sizeof(text), "%.14s",
			 history_place_name(history, place));
		print_box(out, y, place_colour(place), text);
		y += 20;
	}
}

static void print_heat_legend(FILE *out, double y)
{
	char colour[8], text[32];
	int heat;

	svg_text(out, LEFT + PLOT_WIDTH + 22, y - 8, "start", "Mean heat");
	for (heat = 255; heat >= 0; heat -= 51) {
		svg_heat_colour(heat, colour);
		snprintf(text, sizeof(text), "%d%s", heat,
			 heat == 255 ? " (hottest)" : heat ? "" : " (cold)");
		print_box(out, y, colour, text);
		y += 18;
	}
}

static int compare_cells(const void *a, const void *b)
{
	const struct history_cell *one = a, *other = b;

	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	return (one->addr > other->addr) - (one->addr < other->addr);
}

/**
 * struct map - cells reduced to rows and columns
 * @places: distinct ranges of all passes, in order of process and address
 * @count: entries in @places
 * @rows: number of rows
 * @columns: number of columns
 * @heat: mean heat of each cell, row by row
 * @pages: pages of it, 0 for none
 * @place: place of the last range that it stands for
 */
struct map {
	struct history_cell *places;
	size_t count;
	size_t rows;
	size_t columns;
	uint64_t *heat;
	uint64_t *pages;
	unsigned char *place;
};

static void map_make(struct map *map, const struct history *history)
{
	const struct history_cell *cell, *found;
	size_t i, at, count = history->nr_cells;

	*map = (struct map){ };
	map->places = must(calloc(count + 1, sizeof(*map->places)));
	if (count)
		memcpy(map->places, history->cells, count * sizeof(*map->places));
	qsort(map->places, count, sizeof(*map->places), compare_cells);
	for (i = 0; i < count; i++)
		if (!i || compare_cells(&map->places[i],
					&map->places[map->count - 1]))
			map->places[map->count++] = map->places[i];
	map->rows = map->count < MAP_ROWS ? map->count : MAP_ROWS;
	map->columns = history->nr_passes < MAP_COLUMNS ? history->nr_passes :
							  MAP_COLUMNS;
	at = map->rows * map->columns + 1;
	map->heat = must(calloc(at, sizeof(*map->heat)));
	map->pages = must(calloc(at, sizeof(*map->pages)));
	map->place = must(calloc(at, sizeof(*map->place)));
	for (i = 0; i < count; i++) {
		cell = &history->cells[i];
		found = bsearch(cell, map->places, map->count,
				sizeof(*map->places), compare_cells);
		at = (found - map->places) * map->rows / map->count *
		     map->columns + cell->pass * map->columns / history->nr_passes;
		map->heat[at] += (uint64_t)cell->heat * cell->pages;
		map->pages[at] += cell->pages;
		map->place[at] = cell->place;
	}
}

static void map_release(struct map *map)
{
	free(map->places);
	free(map->heat);
	free(map->pages);
	free(map->place);
}

/* Store the colour of a cell; returns false for one without pages. */
static bool cell_colour(const struct map *map, size_t at, bool heat,
			char colour[8])
{
	if (!map->pages[at])
		return false;
	if (heat)
		svg_heat_colour(map->heat[at] / map->pages[at] / HEAT_STEP *
				HEAT_STEP * 255 / (255 / HEAT_STEP * HEAT_STEP),
				colour);
	else
		snprintf(colour, 8, "%s", place_colour(map->place[at]));
	return true;
}

/* Print a row of the map; neighbours of the same colour are one rectangle. */
static void print_row(FILE *out, const struct map *map,
		      const struct svg_plot *plot, size_t row, bool heat)
{
	double height = plot->height / map->rows;
	double y = plot->top + plot->height - (row + 1) * height;
	double width = plot->width / map->columns;
	char colour[8], next[8];
	size_t first, column;

	for (first = 0; first < map->columns; first = column) {
		column = first + 1;
		if (!cell_colour(map, row * map->columns + first, heat, colour))
			continue;
		while (column < map->columns &&
		       cell_colour(map, row * map->columns + column, heat,
				   next) && !strcmp(colour, next))
			column++;
		svg_box(out, plot->left + first * width, y,
			(column - first) * width, height, colour);
	}
}

static void print_panel(FILE *out, const struct map *map,
			const struct svg_plot *plot, bool heat)
{
	size_t row;

	/* Without gaps between the rectangles. */
	fputs("<g shape-rendering=\"crispEdges\">\n", out);
	for (row = 0; row < map->rows; row++)
		print_row(out, map, plot, row, heat);
	fputs("</g>\n", out);
	svg_axes(out, plot);
}

void picture_heat(FILE *out, const struct history *history)
{
	struct svg_plot plot = {
		.left = LEFT, .top = 44, .width = PLOT_WIDTH, .height = 270,
		.x = { "Time (s)", 0, time_end(history), 1 },
	};
	char title[80], memory[64];
	const char *unit;
	struct map map;

	map_make(&map, history);
	plot.y.to = map.count * (double)TRACE_CHUNK;
	plot.y.unit = svg_unit(plot.y.to, &unit);
	snprintf(memory, sizeof(memory), "Addresses (%s, without gaps)", unit);
	plot.y.title = memory;
	snprintf(title, sizeof(title), "Heat and place of the memory of '%s'",
		 history->workload);
	svg_begin(out, WIDTH, 710, title);
	print_panel(out, &map, &plot, true);
	print_heat_legend(out, plot.top + 30);
	plot.top += plot.height + 62;
	print_panel(out, &map, &plot, false);
	print_tier_legend(out, history, plot.top + 30);
	svg_end(out);
	map_release(&map);
}

/* Return the pages in the places up to @place, as bytes. */
static double stacked(const struct history_pass *pass, int place)
{
	uint64_t pages = 0;

	for (; place >= 0; place--)
		pages += pass->resident[place];
	return bytes_of(pages);
}

static void print_band(FILE *out, const struct history *history,
		       const struct svg_plot *plot, unsigned int place)
{
	size_t i;

	/* A pass shows the state at its end, until the next one. */
	fputs("<path d=\"M", out);
	for (i = 0; i < history->nr_passes; i++)
		fprintf(out, "%.1f %.1fH%.1fL", svg_x(plot, pass_time(history, i)),
			svg_y(plot, stacked(&history->passes[i], place)),
			svg_x(plot, i + 1 < history->nr_passes ?
			      pass_time(history, i + 1) : plot->x.to));
	for (i = history->nr_passes; i--;)
		fprintf(out, "%.1f %.1fH%.1f%s",
			svg_x(plot, i + 1 < history->nr_passes ?
			      pass_time(history, i + 1) : plot->x.to),
			svg_y(plot, stacked(&history->passes[i],
					    (int)place - 1)),
			svg_x(plot, pass_time(history, i)), i ? "L" : "");
	fprintf(out, "Z\" fill=\"%s\" stroke=\"#ffffff\" stroke-width=\"0.5\"/>\n",
		place_colour(place));
}

void picture_residency(FILE *out, const struct history *history)
{
	struct svg_plot plot = {
		.left = LEFT, .top = 44, .width = PLOT_WIDTH, .height = 270,
		.x = { "Time (s)", 0, time_end(history), 1 },
	};
	char title[80], memory[32];
	unsigned int place;
	const char *unit;
	size_t i;

	for (i = 0; i < history->nr_passes; i++)
		if (stacked(&history->passes[i], HISTORY_OUTSIDE) > plot.y.to)
			plot.y.to = stacked(&history->passes[i],
					    HISTORY_OUTSIDE);
	plot.y.unit = svg_unit(plot.y.to, &unit);
	snprintf(memory, sizeof(memory), "Memory (%s)", unit);
	plot.y.title = memory;
	snprintf(title, sizeof(title), "Memory of '%s' by tier",
		 history->workload);
	svg_begin(out, WIDTH, 376, title);
	for (place = 0; place < HISTORY_PLACES; place++)
		if (is_shown_place(history, place))
			print_band(out, history, &plot, place);
	svg_axes(out, &plot);
	print_tier_legend(out, history, plot.top + 30);
	svg_end(out);
}

/*
 * Print the sums of the tiers: memory and share of the heat of a tier and those
 * above it. A point on the curve is the best; the distance to it can be gained.
 */
static void print_tier_points(FILE *out, const struct history *history,
			      const struct svg_plot *plot)
{
	double sum = 0, share = 0, before = 0;
	unsigned int place;
	uint64_t pages;
	char text[48];

	for (place = 0; place < HISTORY_PLACES; place++) {
		share += history_share(history, place, &pages);
		sum += bytes_of(pages);
		if (!pages)
			continue;
		fputs("<g fill-opacity=\"0.15\">", out);
		svg_box(out, svg_x(plot, before), plot->top,
			svg_x(plot, sum) - svg_x(plot, before), plot->height,
			place_colour(place));
		fprintf(out, "</g><circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" fill=\"%s\"/>\n",
			svg_x(plot, sum), svg_y(plot, share), place_colour(place));
		snprintf(text, sizeof(text), "%.0f %%", share * 100);
		/* The last tier and those above it have all of the heat. */
		if (share < 0.995)
			svg_text(out, svg_x(plot, sum) + 9,
				 svg_y(plot, share) + 19, "start", text);
		before = sum;
	}
}

void picture_cdf(FILE *out, const struct history *history)
{
	struct svg_plot plot = {
		.left = LEFT, .top = 44, .width = PLOT_WIDTH, .height = 300,
		.y = { "Share of all heat (%)", 0, 1, 0.01 },
	};
	static struct history_point points[HMT_HEAT_LEVELS];
	size_t count = history_distribution(history, points), i;
	char title[80], memory[64];
	const char *unit;

	plot.x.to = count ? bytes_of(points[count - 1].pages) : 1;
	plot.x.unit = svg_unit(plot.x.to, &unit);
	snprintf(memory, sizeof(memory), "Memory (%s), hottest pages first", unit);
	plot.x.title = memory;
	snprintf(title, sizeof(title), "Heat of '%s': cumulative distribution",
		 history->workload);
	svg_begin(out, WIDTH, 410, title);
	print_tier_points(out, history, &plot);
	fprintf(out, "<path d=\"M%.1f %.1f", svg_x(&plot, 0), svg_y(&plot, 0));
	for (i = 0; i < count; i++)
		fprintf(out, "L%.1f %.1f", svg_x(&plot, bytes_of(points[i].pages)),
			svg_y(&plot, points[i].share));
	fputs("\" fill=\"none\" stroke=\"#222222\" stroke-width=\"2\"/>\n", out);
	svg_axes(out, &plot);
	print_tier_legend(out, history, plot.top + 30);
	svg_text(out, LEFT + PLOT_WIDTH + 22, plot.top + 250, "start",
		 "Line: hottest first");
	svg_text(out, LEFT + PLOT_WIDTH + 22, plot.top + 268, "start",
		 "Dot: heat in a tier");
	svg_text(out, LEFT + PLOT_WIDTH + 22, plot.top + 286, "start",
		 "and those above it");
	svg_end(out);
}
