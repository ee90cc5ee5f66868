// SPDX-License-Identifier: GPL-2.0
/* Marks of the guest: the clock, segments, and the data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "access.h"
#include "causes.h"
#include "config.h"
#include "cost.h"
#include "fail.h"
#include "guest.h"
#include "markers.h"
#include "marks.h"
#include "qemu.h"
#include "requests.h"
#include "space.h"
#include "watched.h"

/* The kernel and its modules. */
#define KERNEL_START	0xffffffff80000000ULL
#define KERNEL_END	0xffffffffff000000ULL
/* All but the first byte of a call. */
#define CALL_REST	4

bool marks_started;
bool marks_watched;

/*
 * Segments of a program that does not mark them: a number of its instructions.
 */
static struct {
	uint64_t fill;
	uint64_t each;
	uint64_t next;	/* of the program's instructions */
	unsigned int epochs;
	unsigned int epoch;
	bool ended;
} slices;

static void mark_symbol(void)
{
	uint64_t start = guest_register(GUEST_RDI);
	uint64_t end = guest_register(GUEST_RSI);
	char text[64], kind[16], cause[NAME_BYTES];
	static unsigned int symbols;

	if (!symbols++)
		cost_begin("symbols");
	guest_read_string(guest_register(GUEST_RDX), text, sizeof(text));
	if (sscanf(text, "%15s %15s", kind, cause) != 2)
		fail("mark of a symbol without kind and cause");
	if (!strcmp(kind, "task"))
		space_find_name(start);
	else if (!strcmp(kind, "switch"))
		causes_add_switch(start);
	else if (!strcmp(kind, "copier"))
		watched_add(start, end, WATCHED_COPY);
	else if (!strcmp(kind, "chaser"))
		watched_add(start, end, WATCHED_CHASE);
	else if (!causes_add(start, end, cause, !strcmp(kind, "entry")))
		fail("too many functions");
}

/* Find the calls of functions in the text of the kernel and of modules. */
static void scan_kernel(void)
{
	static uint8_t code[CALL_REST + 4096];
	uint64_t addr;
	bool before = false;

	for (addr = KERNEL_START; addr < KERNEL_END; addr += 4096) {
		bool there = guest_read(addr, code + CALL_REST, 4096);

		if (there && !(before ?
			       causes_scan(addr - CALL_REST, code, sizeof(code)) :
			       causes_scan(addr, code + CALL_REST, 4096)))
			fail("too many calls of functions");
		/* A call may be on two pages. */
		memcpy(code, code + 4096, CALL_REST);
		before = there;
	}
}

static void mark_start(void)
{
	struct times times;

	if (!space_has_names())
		fail("start without symbols");
	cost_begin("setup");
	scan_kernel();
	if (!map_locate())
		exit(1);
	causes_settle();
	clock_start();
	times = clock_read();
	access_begin_segment("setup", &times);
	access_start();
	marks_started = true;
	marks_watched = !config.watch_from;
	/* Blocks that were translated before have no hooks. */
	tb_flush(qemu_get_cpu(0));
}

static void add_range(bool shares)
{
	uint64_t low = guest_register(GUEST_RDI) & ~0xfffULL;
	size_t pages = (guest_register(GUEST_RSI) - low + 0xfff) >> PAGE_SHIFT;

	if (!space_is_named())
		map_free(&map);
	if (!map_add(&map, low, pages, shares))
		fail("no memory for the pages of the data");
	access_set_data();
	space_reset();
}

/* A program without a name marks the pages that it frees. */
static void mark_range(void)
{
	add_range(!space_is_named());
}

static void mark_shared(void)
{
	add_range(true);
}

static void mark_fork(void)
{
	size_t page;

	for (page = 0; page < map.pages; page++)
		map.page[page].copied = true;
}

static void mark_request(void)
{
	if (!marks_started)
		return;
	if (guest_register(GUEST_RDI))
		requests_begin(access_now());
	else
		requests_end(access_now());
}

static void mark_lines(void)
{
	access_set_lines(guest_register(GUEST_RDI));
}

static void next_segment(const char *name)
{
	struct times times;

	/* Last, as it charges moves: they belong to the segment that ends. */
	space_read_all();
	causes_settle();
	times = clock_read();
	access_end_segment(&times);
	access_begin_segment(name, &times);
	if (config.watch_from && !strcmp(name, config.watch_from)) {
		marks_watched = true;
		tb_flush(qemu_get_cpu(0));
	}
	cost_begin(name);
}

static void mark_segment(void)
{
	char name[NAME_BYTES];

	if (!marks_started)
		return;
	guest_read_string(guest_register(GUEST_RDI), name, sizeof(name));
	next_segment(name);
}

static void mark_stop(void)
{
	struct times times;

	if (!marks_started)
		return;
	space_read_all();
	causes_settle();
	times = clock_read();
	access_end_segment(&times);
	cost_begin("output");
	access_write();
	cost_begin("end");
	marks_started = false;
}

static void mark_slices(void)
{
	slices.fill = guest_register(GUEST_RDI) * 1000000;
	slices.each = guest_register(GUEST_RSI) * 1000000;
	slices.epochs = guest_register(GUEST_RDX);
	slices.next = space_user_instructions() + slices.fill;
}

static void end_slice(void)
{
	char name[NAME_BYTES];

	if (slices.epoch == slices.epochs) {
		slices.next = 0;
		slices.ended = true;
		mark_stop();
		return;
	}
	snprintf(name, sizeof(name), "%u", slices.epoch++);
	next_segment(name);
	slices.next += slices.each;
}

static void mark_ask(void)
{
	uint8_t answer;

	/* No access ends the fill if none is watched. */
	marks_end_slice();
	answer = slices.ended;
	cpu_memory_rw_debug(qemu_get_cpu(0), guest_register(GUEST_RDI), &answer,
			    sizeof(answer), true);
}

void marks_run(unsigned int code)
{
	static void (*const marks[])(void) = {
		[MARK_SYMBOL] = mark_symbol,
		[MARK_START] = mark_start,
		[MARK_RANGE] = mark_range,
		[MARK_SEGMENT] = mark_segment,
		[MARK_STOP] = mark_stop,
		[MARK_PROGRAM] = space_mark_program,
		[MARK_SHARED] = mark_shared,
		[MARK_SLICES] = mark_slices,
		[MARK_ASK] = mark_ask,
		[MARK_OWN] = space_mark_own,
		[MARK_GONE] = space_mark_gone,
		[MARK_FORK] = mark_fork,
		[MARK_REQUEST] = mark_request,
		[MARK_LINES] = mark_lines,
	};

	if (code < sizeof(marks) / sizeof(*marks) && marks[code])
		marks[code]();
}

bool marks_end_slice(void)
{
	if (marks_started && slices.next && space_user_instructions() >= slices.next)
		end_slice();
	return marks_started;
}
