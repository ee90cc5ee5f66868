// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/cleanup.h"
#include "util/text.h"
#include "view/svg.h"

/* Number of labels of an axis, about. */
#define LABELS	6

/* Distinguishable with all kinds of colour vision (Okabe and Ito). */
static const char *const tier_colours[] = {
	"#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00",
	"#8c6d1f", "#666666",
};

const char *svg_tier_colour(unsigned int place)
{
	return tier_colours[place % (sizeof(tier_colours) /
				     sizeof(*tier_colours))];
}

/* From light to dark, so that the order is visible without colours as well. */
static const unsigned char heat_stops[][3] = {
	{ 0xf3, 0xf0, 0xe6 }, { 0xfd, 0xd4, 0x7a }, { 0xf5, 0x8b, 0x3c },
	{ 0xd6, 0x3a, 0x2b }, { 0x6b, 0x0b, 0x2a },
};

void svg_heat_colour(unsigned int heat, char out[8])
{
	const unsigned int parts = sizeof(heat_stops) / sizeof(*heat_stops) - 1;
	double at = heat >= 255 ? parts : heat * parts / 255.0;
	unsigned int stop = at >= parts ? parts - 1 : (unsigned int)at, i;
	unsigned char colour[3];

	at -= stop;
	for (i = 0; i < 3; i++)
		colour[i] = heat_stops[stop][i] * (1 - at) +
			    heat_stops[stop + 1][i] * at + 0.5;
	snprintf(out, 8, "#%02x%02x%02x", colour[0], colour[1], colour[2]);
}

void svg_escape(FILE *out, const char *text)
{
	auto_text char *copy = must(strdup(text));

	/* XML has no controls, not even escaped, and they reach terminals. */
	text_mask(copy, "");
	for (text = copy; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(*text, out);
		}
}

void svg_box(FILE *out, double x, double y, double width, double height,
	     const char *colour)
{
	fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"",
		x, y, width, height);
	fprintf(out, " fill=\"%s\"/>\n", colour);
}

void svg_begin(FILE *out, int width, int height, const char *title)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"",
		width, height);
	fprintf(out, " viewBox=\"0 0 %d %d\" role=\"img\"", width, height);
	fputs(" font-family=\"sans-serif\" font-size=\"13\">\n<title>", out);
	svg_escape(out, title);
	fputs("</title>\n", out);
	svg_box(out, 0, 0, width, height, "#ffffff");
	fprintf(out, "<text x=\"%d\" y=\"24\" text-anchor=\"middle\"", width / 2);
	fputs(" font-size=\"16\" font-weight=\"bold\">", out);
	svg_escape(out, title);
	fputs("</text>\n", out);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void svg_text(FILE *out, double x, double y, const char *anchor,
	      const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y,
		anchor);
	svg_escape(out, text);
	fputs("</text>\n", out);
}

double svg_x(const struct svg_plot *plot, double value)
{
	double range = plot->x.to - plot->x.from;

	return plot->left + (range > 0 ? (value - plot->x.from) / range : 0) *
			    plot->width;
}

double svg_y(const struct svg_plot *plot, double value)
{
	double range = plot->y.to - plot->y.from;

	return plot->top + plot->height -
	       (range > 0 ? (value - plot->y.from) / range : 0) * plot->height;
}

/* Return a round distance of labels: 1, 2 or 5 times a power of ten. */
static double round_step(double range)
{
	double raw = range / LABELS, power;

	if (raw <= 0)
		return 1;
	power = pow(10, floor(log10(raw)));
	raw /= power;
	return power * (raw <= 1 ? 1 : raw <= 2 ? 2 : raw <= 5 ? 5 : 10);
}

static void print_x_labels(FILE *out, const struct svg_plot *plot)
{
	double unit = plot->x.unit, bottom = plot->top + plot->height;
	double step = round_step((plot->x.to - plot->x.from) / unit);
	double value = ceil(plot->x.from / unit / step) * step, x;
	char text[32];

	for (; value * unit <= plot->x.to * 1.0001; value += step) {
		x = svg_x(plot, value * unit);
		fprintf(out, "<path d=\"M%.1f %.1fv5\" stroke=\"#333\"/>\n", x,
			bottom);
		snprintf(text, sizeof(text), "%g", value);
		svg_text(out, x, bottom + 19, "middle", text);
	}
	svg_text(out, plot->left + plot->width / 2, bottom + 38, "middle",
		 plot->x.title);
}

static void print_y_labels(FILE *out, const struct svg_plot *plot)
{
	double unit = plot->y.unit, middle = plot->top + plot->height / 2;
	double step = round_step((plot->y.to - plot->y.from) / unit);
	double value = ceil(plot->y.from / unit / step) * step, y;
	char text[32];

	for (; value * unit <= plot->y.to * 1.0001; value += step) {
		y = svg_y(plot, value * unit);
		fprintf(out, "<path d=\"M%.1f %.1fh-5\" stroke=\"#333\"/>\n",
			plot->left, y);
		snprintf(text, sizeof(text), "%g", value);
		svg_text(out, plot->left - 9, y + 4, "end", text);
	}
	fprintf(out, "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">",
		plot->left - 56, middle);
	svg_escape(out, plot->y.title);
	fputs("</text>\n", out);
}

void svg_axes(FILE *out, const struct svg_plot *plot)
{
	fprintf(out, "<path d=\"M%.1f %.1fh%.1fv%.1fh%.1fz\"", plot->left,
		plot->top, plot->width, plot->height, -plot->width);
	fputs(" fill=\"none\" stroke=\"#333\"/>\n", out);
	print_x_labels(out, plot);
	print_y_labels(out, plot);
}

double svg_unit(double bytes, const char **name)
{
	static const char *const names[] = {
		"bytes", "KiB", "MiB", "GiB", "TiB"
	};
	double unit = 1;
	size_t i = 0;

	while (bytes / unit >= 2048 && i < 4) {
		unit *= 1024;
		i++;
	}
	*name = names[i];
	return unit;
}
