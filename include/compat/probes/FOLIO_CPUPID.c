// SPDX-License-Identifier: GPL-2.0
/* folio_last_cpupid() exists: between v6.1 and v6.12. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/mm.h>

static_assert(__same_type(folio_last_cpupid, int(struct folio *)));
