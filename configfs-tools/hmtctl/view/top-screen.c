// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "view/top-screen.h"

/* term.h has macros for all capabilities, "columns" and "lines" among them. */
#include <curses.h>
#include <term.h>
#undef columns
#undef lines

/* Attributes without colours; curses adds the pair of the same number. */
static const attr_t attributes[TOP_LOOKS] = {
	[TOP_PLAIN] = A_NORMAL,
	[TOP_TITLE] = A_REVERSE,
	[TOP_SELECTED] = A_BOLD,
	[TOP_HOT] = A_BOLD,
	[TOP_WARM] = A_NORMAL,
	[TOP_COLD] = A_NORMAL,
	[TOP_OTHER] = A_DIM,
	[TOP_ALERT] = A_BOLD,
};

static const short colours_of[TOP_LOOKS] = {
	[TOP_PLAIN] = -1,
	[TOP_TITLE] = -1,
	[TOP_SELECTED] = COLOR_CYAN,
	[TOP_HOT] = COLOR_RED,
	[TOP_WARM] = COLOR_YELLOW,
	[TOP_COLD] = COLOR_BLUE,
	[TOP_OTHER] = -1,
	[TOP_ALERT] = COLOR_RED,
};

static bool coloured;
static SCREEN *terminal;

const char *terminal_refusal(void)
{
	const char *name = getenv("TERM");
	bool able;
	int error;

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return "standard input and output are not a terminal";
	if (!name || !*name)
		return "TERM is not set";
	if (setupterm(name, STDOUT_FILENO, &error) != OK)
		return "TERM names an unknown terminal";
	able = cursor_address && clear_screen;
	/* newterm() makes another description. */
	del_curterm(cur_term);
	return able ? NULL : "the terminal cannot place its cursor";
}

bool terminal_open(bool colours)
{
	short look;

	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return false;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(100);
	curs_set(0);
	coloured = colours && has_colors() && start_color() == OK &&
		   use_default_colors() == OK;
	for (look = 0; coloured && look < TOP_LOOKS; look++)
		init_pair(look + 1, colours_of[look], -1);
	return true;
}

void terminal_close(void)
{
	endwin();
	delscreen(terminal);
}

void terminal_size(size_t *columns, size_t *rows)
{
	*columns = COLS;
	*rows = LINES;
}

static void draw_line(int row, const struct top_line *line)
{
	size_t i;

	for (i = 0; line->text[i] && i < (size_t)COLS; i++) {
		attrset(attributes[line->look[i]] |
			(coloured ? COLOR_PAIR(line->look[i] + 1) : 0));
		mvaddch(row, i, line->text[i]);
	}
}

void terminal_draw(const struct top_screen *screen)
{
	size_t i;

	erase();
	for (i = 0; i < screen->count && i < (size_t)LINES; i++)
		draw_line(i, &screen->lines[i]);
	refresh();
}

int terminal_key(int ms)
{
	int key;

	timeout(ms);
	key = getch();
	switch (key) {
	case ERR:
		/* Reading fails at once then, and SIGHUP may be ignored. */
		return isatty(STDIN_FILENO) ? TERMINAL_NO_KEY : TERMINAL_GONE;
	case KEY_RESIZE:
		return TERMINAL_RESIZED;
	case KEY_UP:
		return TOP_KEY_UP;
	case KEY_DOWN:
		return TOP_KEY_DOWN;
	case KEY_ENTER:
		return '\n';
	default:
		return key;
	}
}
