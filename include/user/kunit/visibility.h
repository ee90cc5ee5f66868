/* SPDX-License-Identifier: GPL-2.0 */
/* See <linux/types.h> here: nothing is exported. */
#define EXPORT_SYMBOL_IF_KUNIT(...)
