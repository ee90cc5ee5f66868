/* SPDX-License-Identifier: GPL-2.0 */
/* Text from others, made safe for a terminal. */
#ifndef HMTCTL_TEXT_H
#define HMTCTL_TEXT_H

/*
 * Return a copy of JSON text with "\\u20ac" in place of characters that are not
 * ASCII, to be freed; NULL if it is not UTF-8.
 */
char *text_escape(const char *text);

/*
 * Replace control characters, C1 controls such as U+009B included, and bytes that
 * are not UTF-8 by '?'. Characters in @kept stay.
 */
void text_mask(char *text, const char *kept);

#endif
