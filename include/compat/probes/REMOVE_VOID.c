// SPDX-License-Identifier: GPL-2.0
/* platform_driver.remove() returns nothing, v6.11. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/platform_device.h>

static_assert(__same_type(((struct platform_driver *)NULL)->remove,
			  void (*)(struct platform_device *)));
