/* SPDX-License-Identifier: GPL-2.0 */
/* See <linux/types.h> here. What it would define is given to the compiler. */
