// SPDX-License-Identifier: GPL-2.0
/* page_pgmap(): 82ba975e4c43, v6.15. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/memremap.h>
#include <linux/mm.h>

static_assert(__same_type(page_pgmap,
			  struct dev_pagemap *(const struct page *)));
