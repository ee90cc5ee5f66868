/* SPDX-License-Identifier: GPL-2.0 */
/* See types.h. Numbers as lib/kstrtox.c reads them. */
#ifndef _HMT_USER_KERNEL_H
#define _HMT_USER_KERNEL_H

#include <ctype.h>
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT	12
#define U32_MAX		(~(u32)0)
#define U64_MAX		(~(u64)0)

static inline int kstrtou64(const char *text, unsigned int base, u64 *value)
{
	char *end;

	text += *text == '+';
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, base);
	if (errno)
		return -ERANGE;
	end += *end == '\n';
	return *end ? -EINVAL : 0;
}

static inline int kstrtou32(const char *text, unsigned int base, u32 *value)
{
	u64 number;
	int ret = kstrtou64(text, base, &number);

	if (ret)
		return ret;
	if (number > U32_MAX)
		return -ERANGE;
	*value = number;
	return 0;
}

static inline bool sysfs_streq(const char *a, const char *b)
{
	size_t length = strlen(b);

	return !strncmp(a, b, length) &&
	       (!a[length] || (a[length] == '\n' && !a[length + 1]));
}

static inline long strscpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (!size)
		return -E2BIG;
	if (length >= size) {
		memcpy(to, from, size - 1);
		to[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, length + 1);
	return length;
}

#endif /* _HMT_USER_KERNEL_H */
