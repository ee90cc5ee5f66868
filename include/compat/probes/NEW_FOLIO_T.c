// SPDX-License-Identifier: GPL-2.0
/* Callbacks of migrate_pages() take folios: 4e096ae1801e, v6.5. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/migrate.h>

static_assert(__same_type(new_folio_t, struct folio *(struct folio *,
						      unsigned long)));
