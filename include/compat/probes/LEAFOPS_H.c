// SPDX-License-Identifier: GPL-2.0
/* Leaf entries of page tables, since v6.19. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/leafops.h>
#include <linux/mm.h>

static_assert(__same_type(softleaf_from_pte, softleaf_t(pte_t)));
