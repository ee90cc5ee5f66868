// SPDX-License-Identifier: GPL-2.0
/* Separate from <linux/kernel.h> since v6.4. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/hex.h>

static_assert(__same_type(hex_to_bin, int(unsigned char)));
