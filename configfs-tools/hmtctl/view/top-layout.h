/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of "hmtctl top" on a screen of a given size. */
#ifndef HMTCTL_TOP_LAYOUT_H
#define HMTCTL_TOP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "view/top-model.h"

/* Smallest screen, and widest line. */
#define TOP_COLUMNS_MIN	80
#define TOP_ROWS_MIN	24
#define TOP_COLUMNS_MAX	240

/* enum top_look - look of a character */
enum top_look {
	TOP_PLAIN,
	TOP_TITLE,
	TOP_SELECTED,
	TOP_HOT,
	TOP_WARM,
	TOP_COLD,
	TOP_OTHER,
	TOP_ALERT,
	TOP_LOOKS,
};

/**
 * struct top_line - a line
 * @text: characters, ASCII, with a NUL
 * @look: &enum top_look of each
 */
struct top_line {
	char text[TOP_COLUMNS_MAX + 1];
	unsigned char look[TOP_COLUMNS_MAX];
};

/**
 * struct top_view - choices of the user
 * @columns: width
 * @rows: height, 0 without limit
 * @selected: name of the selected workload, "" for none
 * @only: bars and causes of @selected alone
 * @sort: order of workloads
 * @help: the keys are shown instead
 * @seconds: time between two readings
 * @live: there are keys
 */
struct top_view {
	size_t columns;
	size_t rows;
	char selected[HMT_NAME_MAX + 1];
	bool only;
	enum top_sort sort;
	bool help;
	double seconds;
	bool live;
};

/**
 * struct top_screen - lines
 * @count: entries in @lines
 * @room: capacity of @lines
 * @lines: lines, from the first row on
 */
struct top_screen {
	size_t count;
	size_t room;
	struct top_line *lines;
};

/* Make the lines: at most as many, and as wide, as fit @wanted. */
void top_layout(struct top_screen *screen, const struct top_model *model,
		const struct top_view *wanted);
void top_screen_release(struct top_screen *screen);

/* enum top_key - keys that are not characters */
enum top_key {
	TOP_KEY_UP = 256,
	TOP_KEY_DOWN,
};

/*
 * Change the choices by a key. Returns false if the key ends the program; keys
 * without meaning change nothing.
 */
bool top_key(struct top_view *view, const struct top_model *model, int key);

#endif
