// SPDX-License-Identifier: GPL-2.0
/* dev_pagemap_ops.folio_free(); until between v6.12 and v7.2 page_free(). */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/memremap.h>

static_assert(__same_type(((struct dev_pagemap_ops *)NULL)->folio_free,
			  void (*)(struct folio *)));
