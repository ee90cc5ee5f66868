// SPDX-License-Identifier: GPL-2.0
/* zone_device_page_init() of pages of any order: between v6.12 and v7.2. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/memremap.h>

static_assert(__same_type(zone_device_page_init,
			  void(struct page *, struct dev_pagemap *,
			       unsigned int)));
