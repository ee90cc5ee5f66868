// SPDX-License-Identifier: GPL-2.0
/* mpol_misplaced() gets the fault and not the VMA: between v6.1 and v6.12. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>

static_assert(__same_type(mpol_misplaced,
			  int(struct folio *, struct vm_fault *,
			      unsigned long)));
