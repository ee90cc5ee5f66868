// SPDX-License-Identifier: GPL-2.0
/* Reading of facts that the kernel exposes in sysfs only. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hmt_internal.h>
#include <linux/string.h>
#include "hmt.h"

/**
 * hmt_read_attribute() - read a sysfs attribute whose value no exported
 *	function returns
 * @path: absolute path
 * @text: buffer for the text; blanks around the text are stripped
 * @size: size of @text in bytes; longer text is truncated
 *
 * Context: process of the initial namespaces, such as a work item. The caller
 * must not hold a lock that the attribute's show function may take, the memory
 * hotplug lock in particular.
 * Return: 0 or the error of opening or reading.
 */
int hmt_read_attribute(const char *path, char *text, size_t size)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t got;

	scoped_with_init_fs()
		file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	got = kernel_read(file, text, size - 1, &pos);
	fput(file);
	if (got < 0)
		return got;
	text[got] = '\0';
	strim(text);
	return 0;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_read_attribute);
