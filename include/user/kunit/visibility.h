/* SPDX-License-Identifier: GPL-2.0 */
/* See <linux/types.h> here. Makefiles define the macros of the original. */
