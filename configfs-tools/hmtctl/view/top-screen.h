/* SPDX-License-Identifier: GPL-2.0 */
/* The terminal of "hmtctl top". */
#ifndef HMTCTL_TOP_SCREEN_H
#define HMTCTL_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "view/top-layout.h"

/* Result of terminal_key() without a key. */
#define TERMINAL_NO_KEY		(-1)
#define TERMINAL_RESIZED	(-2)
#define TERMINAL_GONE		(-3)

/*
 * Check that standard input and output are a terminal that can place its cursor.
 * Returns NULL, or the reason for which not.
 */
const char *terminal_refusal(void);

/* Begin and end the full screen. @colours: use colours if there are any. */
bool terminal_open(bool colours);
void terminal_close(void);
void terminal_size(size_t *columns, size_t *rows);
void terminal_draw(const struct top_screen *screen);
/*
 * Wait @ms at most for a key. Returns it, see &enum top_key, TERMINAL_NO_KEY, also
 * after a signal, TERMINAL_RESIZED, or TERMINAL_GONE after a hangup.
 */
int terminal_key(int ms);

#endif
