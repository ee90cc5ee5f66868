/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of pictures: frames, axes, legends. */
#ifndef HMTCTL_SVG_H
#define HMTCTL_SVG_H

#include <stdio.h>

/**
 * struct svg_axis - scale of an axis
 * @title: its title, with the unit
 * @from: value at its begin
 * @to: value at its end
 * @unit: number of units of the labels in a value
 */
struct svg_axis {
	const char *title;
	double from;
	double to;
	double unit;
};

/**
 * struct svg_plot - area of a plot, in pixels
 * @left: left border
 * @top: upper border
 * @width: width
 * @height: height
 * @x: scale from left to right
 * @y: scale from bottom to top
 */
struct svg_plot {
	double left;
	double top;
	double width;
	double height;
	struct svg_axis x;
	struct svg_axis y;
};

/* Begin and end a picture with a title. */
void svg_begin(FILE *out, int width, int height, const char *title);
void svg_end(FILE *out);
/* Print text at a place; @anchor is "start", "middle" or "end". */
void svg_text(FILE *out, double x, double y, const char *anchor,
	      const char *text);
/* Print a rectangle without border. */
void svg_box(FILE *out, double x, double y, double width, double height,
	     const char *colour);
/* Print frame, grid, labels and titles of both axes. */
void svg_axes(FILE *out, const struct svg_plot *plot);
/* Return the place of a value. */
double svg_x(const struct svg_plot *plot, double value);
double svg_y(const struct svg_plot *plot, double value);
/* Return the colour of tier @place of the graph, fastest first. */
const char *svg_tier_colour(unsigned int place);
/* Print the colour of a heat, 0 to 255, as "#rrggbb". */
void svg_heat_colour(unsigned int heat, char out[8]);
/* Print text for HTML and SVG, with '?' for controls and malformed UTF-8. */
void svg_escape(FILE *out, const char *text);
/* Return the unit of @bytes, and its name: bytes, KiB, MiB, GiB or TiB. */
double svg_unit(double bytes, const char **name);

#endif
