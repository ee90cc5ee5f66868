// SPDX-License-Identifier: GPL-2.0
/* Reading what other parts of the kernel tell in sysfs only. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hmt.h>
#include <linux/string.h>
#include "hmt.h"

/**
 * hmt_read_attribute() - read an attribute of sysfs, for what no exported
 * function tells
 * @path: absolute path
 * @text: where its text goes, without the blanks around it
 * @size: of @text; longer text is cut
 *
 * Context: process of the initial namespaces, such as a work item; no lock
 * that an attribute's show function may need, memory hotplug above all.
 * Return: 0 or the error of opening or reading.
 */
int hmt_read_attribute(const char *path, char *text, size_t size)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t got;

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
EXPORT_SYMBOL_GPL(hmt_read_attribute);
