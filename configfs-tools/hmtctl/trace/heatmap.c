// SPDX-License-Identifier: GPL-2.0
/*
 * Columns are the addresses of all passes, without the gaps between them and
 * several per column if necessary; rows are passes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/heatmap.h"
#include "util/alloc.h"

#define COLUMNS		64
#define CELL_WIDTH	10
#define CELL_HEIGHT	8
/* Margins: the time on the left, the legend above, the addresses below. */
#define LEFT		60
#define ABOVE		24
#define BELOW		20
/* Number of rows and columns per label. */
#define ROWS_A_LABEL	4
#define COLUMNS_A_LABEL	16

void heatmap_add(struct heatmap *map, const struct trace_pass *pass, int pid)
{
	size_t i;

	for (i = 0; i < pass->nr_chunks; i++) {
		if (pass->chunks[i].pid != pid)
			continue;
		if (map->nr_cells == map->room) {
			map->room = map->room ? 2 * map->room : 256;
			map->cells = must(realloc(map->cells, map->room *
						  sizeof(*map->cells)));
		}
		map->cells[map->nr_cells++] = (struct heatmap_cell){
			.pass = map->nr_passes,
			.addr = pass->chunks[i].addr,
			.heat = trace_chunk_heat(&pass->chunks[i]).mean,
		};
	}
	map->times = must(realloc(map->times, (map->nr_passes + 1) *
				  sizeof(*map->times)));
	map->times[map->nr_passes++] = pass->when;
}

/* Return the seconds between the first pass and that of @row. */
static double pass_seconds(const struct heatmap *map, size_t row)
{
	return map->times[row] - map->times[0];
}

void heatmap_release(struct heatmap *map)
{
	free(map->cells);
	free(map->times);
	*map = (struct heatmap){ };
}

static int compare_addrs(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return (x > y) - (x < y);
}

/**
 * struct grid - map, reduced to the columns that fit
 * @addrs: distinct addresses, sorted
 * @nr_addrs: entries in @addrs
 * @columns: number of columns
 * @heat: highest heat of each cell, row by row; -1 without pages
 */
struct grid {
	unsigned long long *addrs;
	size_t nr_addrs;
	size_t columns;
	int *heat;
};

static void find_addrs(const struct heatmap *map, struct grid *grid)
{
	size_t i;

	grid->addrs = must(calloc(map->nr_cells + 1, sizeof(*grid->addrs)));
	for (i = 0; i < map->nr_cells; i++)
		grid->addrs[i] = map->cells[i].addr;
	qsort(grid->addrs, map->nr_cells, sizeof(*grid->addrs), compare_addrs);
	for (i = 0; i < map->nr_cells; i++)
		if (!i || grid->addrs[i] != grid->addrs[grid->nr_addrs - 1])
			grid->addrs[grid->nr_addrs++] = grid->addrs[i];
}

static void grid_make(const struct heatmap *map, struct grid *grid)
{
	size_t i, column;

	*grid = (struct grid){ };
	find_addrs(map, grid);
	grid->columns = grid->nr_addrs < COLUMNS ? grid->nr_addrs : COLUMNS;
	grid->heat = must(malloc((map->nr_passes * grid->columns + 1) *
				 sizeof(*grid->heat)));
	memset(grid->heat, 0xff,
	       map->nr_passes * grid->columns * sizeof(*grid->heat));
	for (i = 0; i < map->nr_cells; i++) {
		const struct heatmap_cell *cell = &map->cells[i];
		unsigned long long *found = bsearch(&cell->addr, grid->addrs,
					  grid->nr_addrs, sizeof(cell->addr),
					  compare_addrs);
		int *heat;

		column = (found - grid->addrs) * grid->columns /
			 grid->nr_addrs;
		heat = &grid->heat[cell->pass * grid->columns + column];
		if ((int)cell->heat > *heat)
			*heat = cell->heat;
	}
}

static void grid_release(struct grid *grid)
{
	free(grid->addrs);
	free(grid->heat);
}

/* Return the first address of a column. */
static unsigned long long column_addr(const struct grid *grid, size_t column)
{
	return grid->addrs[(column * grid->nr_addrs + grid->columns - 1) /
			   grid->columns];
}

void heatmap_print_text(const struct heatmap *map)
{
	static const char shades[] = ".:-=+*#%@";
	struct grid grid;
	size_t row, column;

	grid_make(map, &grid);
	if (grid.nr_addrs)
		printf("seconds: 0x%llx to 0x%llx, %zu ranges, '.' cold to '@' hot\n",
		       grid.addrs[0], grid.addrs[grid.nr_addrs - 1],
		       grid.nr_addrs);
	for (row = 0; row < map->nr_passes; row++) {
		printf("%7.1f: ", pass_seconds(map, row));
		for (column = 0; column < grid.columns; column++) {
			int heat = grid.heat[row * grid.columns + column];

			putchar(heat < 0 ? ' ' :
				shades[heat * (sizeof(shades) - 2) / HMT_HEAT_MAX]);
		}
		putchar('\n');
	}
	grid_release(&grid);
}

/* Print a colour from white (cold) over yellow to red (hot). */
static void print_svg_colour(int heat)
{
	int green = 255 - heat / 2 - heat * heat / 512;

	printf("#ff%02x%02x", green < 0 ? 0 : green, 255 - heat);
}

static void print_svg_cell(const struct heatmap *map, const struct grid *grid,
			   size_t column, size_t row, int heat)
{
	printf("<rect x=\"%zu\" y=\"%zu\" width=\"%d\" height=\"%d\" fill=\"",
	       LEFT + column * CELL_WIDTH, ABOVE + row * CELL_HEIGHT,
	       CELL_WIDTH, CELL_HEIGHT);
	print_svg_colour(heat);
	printf("\"><title>0x%llx, %.1f s: heat %d</title></rect>\n",
	       column_addr(grid, column), pass_seconds(map, row), heat);
}

static void print_svg_legend(void)
{
	int heat;

	for (heat = 0; heat <= HMT_HEAT_MAX; heat += 51) {
		printf("<rect x=\"%d\" y=\"4\" width=\"30\" height=\"14\" stroke=\"#999\" fill=\"",
		       LEFT + heat * 30 / 51);
		print_svg_colour(heat);
		printf("\"/><text x=\"%d\" y=\"15\">%d</text>\n",
		       LEFT + heat * 30 / 51 + 3, heat);
	}
}

/* Print times on the left and addresses at the bottom. */
static void print_svg_axes(const struct heatmap *map, const struct grid *grid)
{
	size_t row, column;

	for (row = 0; row < map->nr_passes; row += ROWS_A_LABEL)
		printf("<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">%.1f s</text>\n",
		       LEFT - 4, ABOVE + (row + 1) * CELL_HEIGHT,
		       pass_seconds(map, row));
	for (column = 0; column < grid->columns; column += COLUMNS_A_LABEL)
		printf("<text x=\"%zu\" y=\"%zu\">0x%llx</text>\n",
		       LEFT + column * CELL_WIDTH,
		       ABOVE + map->nr_passes * CELL_HEIGHT + BELOW - 6,
		       column_addr(grid, column));
}

void heatmap_print_svg(const struct heatmap *map)
{
	struct grid grid;
	size_t row, column;

	grid_make(map, &grid);
	/* The last label needs the width of 16 columns. */
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\" font-family=\"sans-serif\" font-size=\"9\">\n",
	       LEFT + (grid.columns + COLUMNS_A_LABEL) * CELL_WIDTH,
	       ABOVE + map->nr_passes * CELL_HEIGHT + BELOW);
	print_svg_legend();
	print_svg_axes(map, &grid);
	for (row = 0; row < map->nr_passes; row++)
		for (column = 0; column < grid.columns; column++) {
			int heat = grid.heat[row * grid.columns + column];

			if (heat >= 0)
				print_svg_cell(map, &grid, column, row, heat);
		}
	puts("</svg>");
	grid_release(&grid);
}
