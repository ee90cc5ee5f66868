// SPDX-License-Identifier: GPL-2.0
/* A namespace is a word, since v6.13 a string. */
#include <linux/module.h>

MODULE_IMPORT_NS(HMT_INTERNAL);
