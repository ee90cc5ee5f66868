// SPDX-License-Identifier: GPL-2.0
/* Leaf entries of page tables, since v6.19. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
/* leafops.h of v7.2 needs these before it. */
#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/leafops.h>

static_assert(__same_type(softleaf_from_pte, softleaf_t(pte_t)));
