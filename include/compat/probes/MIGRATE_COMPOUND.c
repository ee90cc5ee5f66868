// SPDX-License-Identifier: GPL-2.0
/* migrate_vma of huge pages as a whole: between v6.18 and v7.2. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/memremap.h>
#include <linux/migrate.h>

static_assert(MIGRATE_VMA_SELECT_COMPOUND && MIGRATE_PFN_COMPOUND);
static_assert(__same_type(((struct dev_pagemap_ops *)NULL)->folio_split,
			  void (*)(struct folio *, struct folio *)));
