// SPDX-License-Identifier: GPL-2.0
/* <linux/pagevec.h> until between v6.12 and v7.3. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/folio_batch.h>

static_assert(__same_type(folio_batch_init, void(struct folio_batch *)));
