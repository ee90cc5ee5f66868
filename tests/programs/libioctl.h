/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to /dev/hmt for test programs. */
#ifndef HMT_LIBIOCTL_H
#define HMT_LIBIOCTL_H

#include <linux/hmt.h>
#include <stddef.h>
#include <sys/types.h>

#include "libtest.h"

#define PAGES		64
#define BAD_POINTER	0xffff800000000000ULL
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

union request {
	__u32 size;
	struct hmt_query query;
	struct hmt_move move;
	struct hmt_advise advise;
	struct hmt_heat_report report;
	struct hmt_best best;
	char bytes[8192];
};

/* The device, open; PAGES pages; answers of HMT_QUERY for them; a report. */
extern int device;
extern void *area;
extern struct hmt_page_info infos[PAGES];
extern struct hmt_heat_range heat;

/* Open the device and fill the area. */
void open_device(void);
/* Return 0 or the errno. */
int request(unsigned long command, void *argument);

/* Valid requests for the area. */
union request *make_query(union request *what);
union request *make_move(union request *what);
union request *make_advise(union request *what);
union request *make_report(union request *what);
union request *make_best(union request *what);
union request *make(unsigned long command, union request *what);

/* End the program unless @got is the wanted result of @which of @what. */
void expect(int wanted, int got, const char *what, size_t which);
pid_t make_child(void);

#endif
