/* SPDX-License-Identifier: GPL-2.0 */
/* Text from others, made safe for a terminal. */
#ifndef HMTCTL_TEXT_H
#define HMTCTL_TEXT_H

/*
 * Replace control characters, C1 controls such as U+009B included, and bytes that
 * are not UTF-8 by '?'. Characters in @kept stay.
 */
void text_mask(char *text, const char *kept);

#endif
