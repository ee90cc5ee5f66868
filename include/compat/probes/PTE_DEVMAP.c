// SPDX-License-Identifier: GPL-2.0
/* A bit in entries of DAX files, before v6.17. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

static_assert(__same_type(pte_devmap, int(pte_t)));
