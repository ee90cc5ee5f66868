// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded into hmtctl by explain.sh, HMT_QUERY fills each page with the numbers in
 * $STUB_PAGE: UID, state, heat and decision. Loaded by progress.sh, HMT_MOVE takes
 * $STUB_SECONDS for each request and moves all pages.
 */
#include <linux/hmt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int move(struct hmt_move *move, const char *seconds)
{
	usleep(atof(seconds) * 1e6);
	move->next = move->start + move->length;
	move->pages[HMT_RESULT_MOVED] = move->length / 4096;
	return 0;
}

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
	if (command == HMT_MOVE && getenv("STUB_SECONDS"))
		return move(arg, getenv("STUB_SECONDS"));
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
