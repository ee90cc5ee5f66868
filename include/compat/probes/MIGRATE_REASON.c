// SPDX-License-Identifier: GPL-2.0
/* migrate_pages() takes an enum as reason: between v6.12 and v7.2. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/migrate.h>

static_assert(__same_type(migrate_pages,
			  int(struct list_head *, new_folio_t, free_folio_t,
			      unsigned long, enum migrate_mode,
			      enum migrate_reason, unsigned int *)));
