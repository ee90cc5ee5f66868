// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtctl by explain.sh: HMT_QUERY fills each page with the numbers in
 * $STUB_PAGE: UID, state, heat and decision.
 */
#include <linux/hmt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int ioctl(int fd, unsigned long command, ...)
{
	const char *text = getenv("STUB_PAGE");
	unsigned int uid, state, heat, why;
	struct hmt_page_info *pages;
	struct hmt_query *query;
	va_list list;
	void *arg;
	size_t i;

	va_start(list, command);
	arg = va_arg(list, void *);
	va_end(list);
	if (command != HMT_QUERY || !text ||
	    sscanf(text, "%u %u %u %u", &uid, &state, &heat, &why) != 4)
		return syscall(SYS_ioctl, fd, command, arg);
	query = arg;
	pages = (struct hmt_page_info *)(unsigned long)query->pages;
	for (i = 0; i < query->length / 4096; i++)
		pages[i] = (struct hmt_page_info){
			.uid = uid, .state = state, .heat = heat, .why = why,
		};
	query->next = query->start + query->length;
	return 0;
}
