// SPDX-License-Identifier: GPL-2.0
/*
 * Memory model: a QEMU plugin that simulates TLB and cache for the accesses of
 * a program to its data and charges the latency of the memory that holds the
 * page. With -icount the latency is added to the guest's clock, so that guest
 * time is the time of all instructions plus the modelled memory time.
 *
 * Arguments, each key=value:
 *   memory=BLOCK:LOAD:STORE[:MBPS]  RAM block of QEMU ("ram0"), its idle
 *                            latencies in ns and its bandwidth in MB/s; once for
 *                            each memory, the fastest first
 *   cpus=NUMBER              CPUs that do what the modelled one does and share
 *                            the bandwidth; default 0: it is unlimited
 *   antagonist=MEMORY:MBPS   constant traffic of others in a memory, by number
 *   text=LOW-HIGH            code addresses of the program
 *   client=LOW-HIGH          code addresses in them that are not the program's
 *   cache=KIB:WAYS           last-level cache; default 1024:16, 0:1 for none
 *   first=KIB:WAYS           first-level cache, whose hits cost their instruction;
 *                            default 0:1, none
 *   tlb=ENTRIES:WAYS         second-level TLB; default 1536:12, 0:1 for none
 *   quantum=NS               step in which the guest's clock is charged;
 *                            default 0: count only
 *   window=MS                interval of the curve of the placement; default 100
 *   bound=SEGMENT            compute the lower bound of all placements, from the
 *                            first segment that counts to the end, and of its
 *                            own from the segment with this name
 *   boundaries=NUMBER        of the bound: memories less 1, which is the default
 *   out=FILE                 output file, lines of JSON
 *   NAME=VALUE               a price, see prices.h
 *
 * The guest has one CPU. Data outside of the range of MARK_RANGE costs its
 * instructions only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cache.h"
#include "causes.h"
#include "clock.h"
#include "curve.h"
#include "guest.h"
#include "map.h"
#include "markers.h"
#include "prices.h"
#include "qemu.h"
#include "queue.h"
#include "requests.h"
#include "segment.h"

#define LINE_SHIFT	6
#define LINES_PER_PAGE	64
#define USER_END	(1ULL << 47)
/* The kernel and its modules. */
#define KERNEL_START	0xffffffff80000000ULL
#define KERNEL_END	0xffffffffff000000ULL
/* All but the first byte of a call. */
#define CALL_REST	4
/* Instructions of another task after which the page table is read again. */
#define READ_AFTER	20000
/* Offset of the flags in struct task_struct, and PF_KTHREAD. */
#define FLAGS_OFFSET	44
#define KERNEL_THREAD	0x200000

QEMU_EXPORT int qemu_plugin_version = 1;

static struct prices prices = PRICES_DEFAULT;
static struct {
	uint64_t miss[MEMORIES_MAX][2];
	uint64_t hit;
	uint64_t walk;
	uint64_t accessed;
} ps;
static uint64_t text_low, text_high, client_low, client_high;
static unsigned int cache_kib = 1024, cache_ways = 16, quantum;
static unsigned int tlb_entries = 1536, tlb_ways = 12, window_ms = 100;
static unsigned int cpus, boundaries = MEMORIES_MAX;
static const char *bound_from;
static unsigned int first_kib, first_ways = 1;
static struct cache first_cache, cache, tlb;
static FILE *out;
static struct queue queues[MEMORIES_MAX];
static uint64_t window_end;

static bool started;
static struct map map;
static struct misses *misses;
static struct counts counts;
/* Of the whole run, and from the segment @bound_from, by boundary. */
static struct bound bounds[MEMORIES_MAX], late_bounds[MEMORIES_MAX];

/* A process and its part of the data. Without MARK_OWN there is one. */
struct space {
	uint64_t root;	/* its page table, 0: none */
	size_t first;
	size_t pages;
};

static struct space spaces[SPACES_MAX];
static bool shared;	/* processes have marked their parts */
/* The running one, -1: none, that is a process without a part. */
static int space;
static bool space_due;
static unsigned int program;	/* its task */
static bool read_due;

/*
 * If the program has a name: the tasks that have it, or a page table of theirs.
 * @ours: such a task runs. @client: a task that has one of the other names, which
 * has no data, but whose time is the program's.
 */
static char program_name[NAME_BYTES];
static char client_names[64];
static bool ours, client;
/* User instructions of the program, at the latest switch of tasks. */
static uint64_t program_user, user_at_switch;
static struct {
	uint64_t fill;
	uint64_t each;
	uint64_t next;	/* of program_user */
	unsigned int epochs;
	unsigned int epoch;
	bool ended;
} slices;

/* Functions of the kernel that copy for programs. */
static struct {
	uint64_t start;
	uint64_t end;
} copiers[16];
static unsigned int nr_copiers;

/* Offset of the name in the kernel's struct task_struct. */
static unsigned int name_offset;
static uint64_t switched;

static void __attribute__((noreturn)) fail(const char *why)
{
	fprintf(stderr, "memory model: %s\n", why);
	exit(1);
}

/*
 * The program's accesses.
 */

static uint64_t stall_sum;

/* The modelled time, in ps, from an arbitrary point. */
static uint64_t modelled_ps(void)
{
	return (clock_instructions[0] + clock_instructions[1]) *
	       prices.instruction_ps + stall_sum;
}

static void charge(enum stall part, uint64_t time)
{
	counts.stall_ps[part] += time;
	stall_sum += time;
	clock_charge(time);
}

static uint64_t tlb_key(size_t page, unsigned int of)
{
	uint64_t number = map_address(&map, page) >> PAGE_SHIFT;

	return (map.page[page].huge ? (number >> 9) << 1 | 1 : number << 1) |
	       (uint64_t)of << 56;
}

static uint64_t line_key(size_t page, unsigned int line)
{
	return (map_address(&map, page) >> PAGE_SHIFT) * LINES_PER_PAGE + line;
}

/*
 * Charge what @lines of traffic from or to a memory take beyond the idle latency,
 * @share of which, in per cent, are under way at the same time.
 */
static void charge_queue(unsigned int memory, unsigned int lines,
			 unsigned int share)
{
	if (!cpus)
		return;
	queues[memory].bytes += lines << LINE_SHIFT;
	if (share)
		charge(STALL_QUEUE,
		       queues[memory].extra_ps * lines * 100 / share);
}

static void end_windows(void)
{
	uint64_t now = modelled_ps();
	unsigned int i;

	for (; now >= window_end; window_end += QUEUE_WINDOW_US * 1000000ULL)
		for (i = 0; i < map_memories(); i++)
			queue_end_window(&queues[i], cpus);
}

static void drop_entries(size_t page)
{
	unsigned int i;

	for (i = 0; i < SPACES_MAX; i++) {
		if (!spaces[i].root)
			continue;
		map.page[page].flushed |= cache_has(&tlb, tlb_key(page, i));
		cache_drop(&tlb, tlb_key(page, i));
	}
}

static void moved(size_t page, unsigned int from, unsigned int to,
		  enum mover mover)
{
	unsigned int line, lines = 0;

	counts.moves[mover][from][to]++;
	curve_move();
	drop_entries(page);
	for (line = 0; line < LINES_PER_PAGE; line++)
		lines += cache_has(&cache, line_key(page, line));
	/* The lines stay in the model: misses are equal in all settings. */
	charge(STALL_COLD, prices_cold(&prices, to, lines));
	charge(mover == MOVER_OWN ? STALL_COPY_OWN : STALL_COPY_OTHER,
	       prices_copy(&prices, from, to));
	charge_queue(from, LINES_PER_PAGE, prices.copy_overlap_percent);
	charge_queue(to, LINES_PER_PAGE, prices.copy_overlap_percent);
}

static void moved_by_other(size_t page, unsigned int from, unsigned int to)
{
	moved(page, from, to, MOVER_OTHER);
}

static void read_map(void)
{
	unsigned int i;

	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root)
			map_read(&map, i, spaces[i].root, spaces[i].first,
				 spaces[i].pages, moved_by_other);
	read_due = false;
}

/* The page table of the running process. The low bits are not its address. */
static uint64_t current_root(void)
{
	return guest_register(GUEST_CR3) & ~0xfffULL;
}

static int find_space(void)
{
	uint64_t root = current_root();
	int i;

	if (*program_name)
		return ours ? 0 : -1;
	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root == root)
			return i;
	if (shared || spaces[0].root)
		return -1;
	spaces[0] = (struct space) { root, 0, map.pages };
	return 0;
}

/* The accessed bit of a huge page is that of its first page here. */
static void walk(size_t page)
{
	struct page *head = &map.page[page];
	size_t first = page - (map_address(&map, page) >> PAGE_SHIFT & 511);
	bool cleared, hit;

	if (head->huge && first < map.pages)
		head = &map.page[first];
	cleared = head->cleared >> space & 1;
	hit = cache_access(&tlb, tlb_key(page, space));
	/* The kernel flushed the entry when it cleared the bit. */
	if (hit && !cleared)
		return;
	counts.walks++;
	charge(hit || map.page[page].flushed ? STALL_REFILL : STALL_WALK,
	       ps.walk);
	map.page[page].flushed = false;
	if (!cleared)
		return;
	head->cleared &= ~(1u << space);
	counts.sets++;
	charge(STALL_ACCESSED, ps.accessed);
}

static int memory_of(uint32_t info, uint64_t addr)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, addr);

	return !hw || hw->is_io ? -1 : map_memory_of(hw->ram.host);
}

static void bound_all(size_t page, void (*act)(struct bound *, size_t))
{
	unsigned int i;

	for (i = 0; i < boundaries; i++) {
		if (bounds[i].pages)
			act(&bounds[i], page);
		if (late_bounds[i].pages)
			act(&late_bounds[i], page);
	}
}

static enum stage stage_of(const struct page *page)
{
	if (page->left)
		return STAGE_LEFT;
	if (!page->looked)
		return STAGE_NOT_LOOKED;
	return page->seen < SEEN_ENOUGH ? STAGE_SEEN_FEW : STAGE_SEEN;
}

static void miss(size_t page, unsigned int memory, bool store)
{
	unsigned int before = map_set(&map, page, memory);

	if (before == MAP_ABSENT) {
		bound_all(page, bound_birth);
		if (*program_name)
			map_read_page(&map, space, spaces[space].root, page,
				      moved_by_other);
	} else if (before != memory) {
		moved(page, before, memory, MOVER_OWN);
	}
	counts.fills[memory][store]++;
	misses[page].all++;
	if (memory)
		misses[page].slow[stage_of(&map.page[page])]++;
	else
		misses[page].brought += map.page[page].brought;
	curve_miss(modelled_ps(), !memory);
	bound_all(page, bound_miss);
	charge(STALL_MISS, ps.miss[memory][store]);
	charge_queue(memory, 1, prices.overlap_percent);
	/* The line is written back later, and no instruction waits for that. */
	if (store)
		charge_queue(memory, 1, 0);
}

/* The first write after fork() makes a new page, in whatever memory. */
static void copy_page(size_t page, uint32_t info, uint64_t addr)
{
	int memory = memory_of(info, addr);

	/* It has no history either. */
	drop_entries(page);
	map_remove(&map, page);
	if (memory >= 0)
		map_set(&map, page, memory);
	bound_all(page, bound_birth);
}

/* An access shows the page to a placer that has looked at it. */
static void see(struct page *page, bool store)
{
	if (!page->armed && !(page->armed_write && store))
		return;
	page->armed = false;
	if (store)
		page->armed_write = false;
	if (page->seen < SEEN_MAX)
		page->seen++;
}

/*
 * Marks.
 */

/* Find the name in the first task, "swapper". */
static void find_name(uint64_t init_task)
{
	static char bytes[4096 + 8];
	unsigned int page, i;
	uint32_t flags;

	for (page = 0; page < 4 && !name_offset; page++) {
		if (!guest_read(init_task + page * 4096, bytes, sizeof(bytes)))
			break;
		for (i = 0; i < 4096; i++)
			if (!memcmp(bytes + i, "swapper", 7))
				name_offset = page * 4096 + i;
	}
	if (!name_offset)
		fail("no name in init_task");
	if (!guest_read(init_task + FLAGS_OFFSET, &flags, sizeof(flags)) ||
	    !(flags & KERNEL_THREAD))
		fail("no flags in init_task");
}

static void add_copier(uint64_t start, uint64_t end)
{
	if (nr_copiers == sizeof(copiers) / sizeof(*copiers))
		fail("too many functions that copy");
	copiers[nr_copiers].start = start;
	copiers[nr_copiers++].end = end;
}

static void mark_symbol(void)
{
	uint64_t start = guest_register(GUEST_RDI);
	uint64_t end = guest_register(GUEST_RSI);
	char text[64], kind[16], cause[NAME_BYTES];

	guest_read_string(guest_register(GUEST_RDX), text, sizeof(text));
	if (sscanf(text, "%15s %15s", kind, cause) != 2)
		fail("mark of a symbol without kind and cause");
	if (!strcmp(kind, "task"))
		find_name(start);
	else if (!strcmp(kind, "switch"))
		causes_add_switch(start);
	else if (!strcmp(kind, "copier"))
		add_copier(start, end);
	else if (!causes_add(start, end, cause, !strcmp(kind, "entry")))
		fail("too many functions");
}

static void begin_segment(const char *name, const struct times *times)
{
	unsigned int i;

	memset(&counts, 0, sizeof(counts));
	segment_begin(name, times);
	if (!strcmp(name, "0"))
		requests_reset();
	for (i = 0; i < boundaries; i++)
		if (bounds[i].pages && !strcmp(name, bound_from) &&
		    !bound_init(&late_bounds[i], map.pages, bounds[i].extra,
				bounds[i].copy))
			fail("no memory for the bound");
}

static void end_segment(const struct times *times)
{
	segment_end(out, times, &counts, &map, misses);
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

	if (!name_offset)
		fail("start without symbols");
	scan_kernel();
	if (!map_locate())
		exit(1);
	causes_settle();
	clock_start();
	times = clock_read();
	begin_segment("setup", &times);
	curve_start(modelled_ps(), window_ms);
	window_end = modelled_ps();
	started = true;
	/* Blocks that were translated before have no hooks. */
	tb_flush(qemu_get_cpu(0));
}

static bool begin_bound(struct bound *bound, unsigned int boundary, size_t pages)
{
	uint64_t latency[MEMORIES_MAX], extra = UINT64_MAX;
	unsigned int i, store;

	for (i = 0; i < map_memories(); i++)
		latency[i] = (uint64_t)prices.memory_ns[i][0] *
			     prices.load_percent * 10000;
	for (store = 0; store < 2; store++)
		if (ps.miss[boundary + 1][store] - ps.miss[boundary][store] < extra)
			extra = ps.miss[boundary + 1][store] -
				ps.miss[boundary][store];
	return bound_init(bound, pages, extra * 1000,
			  prices.copy_overlap_percent ?
			  bound_copy(latency, boundary, LINES_PER_PAGE * 10000 /
				     prices.copy_overlap_percent) : 0);
}

static void add_range(bool shares)
{
	uint64_t low = guest_register(GUEST_RDI) & ~0xfffULL;
	size_t pages = (guest_register(GUEST_RSI) - low + 0xfff) >> PAGE_SHIFT;
	unsigned int i;

	if (!*program_name)
		map_free(&map);
	if (!map_add(&map, low, pages, shares))
		fail("no memory for the pages of the data");
	free(misses);
	misses = calloc(map.pages, sizeof(*misses));
	if (!misses)
		fail("no memory for the misses");
	memset(spaces, 0, sizeof(spaces));
	shared = false;
	space_due = true;
	for (i = 0; bound_from && i < boundaries; i++) {
		bound_free(&bounds[i]);
		if (!begin_bound(&bounds[i], i, map.pages))
			fail("no memory for the bound");
	}
}

/* A program without a name marks the pages that it frees. */
static void mark_range(void)
{
	add_range(!*program_name);
}

static void mark_shared(void)
{
	add_range(true);
}

static void mark_program(void)
{
	char names[64];
	size_t first;

	guest_read_string(guest_register(GUEST_RDI), names, sizeof(names));
	first = strcspn(names, " ");
	snprintf(program_name, sizeof(program_name), "%.*s", (int)first, names);
	snprintf(client_names, sizeof(client_names), "%.60s ", names + first);
	map_free(&map);
}

/* Return the part of the data in RDI and RSI. */
static struct space marked_part(void)
{
	uint64_t low = guest_register(GUEST_RDI) & ~0xfffULL;
	size_t first = map_find(&map, low);
	size_t pages = (guest_register(GUEST_RSI) - low + 0xfff) >> PAGE_SHIFT;

	if (first >= map.pages || pages > map.pages - first)
		fail("a part is not in the data");
	return (struct space) { current_root(), first, pages };
}

static void mark_own(void)
{
	struct space part = marked_part();
	int i, unused = -1;

	for (i = SPACES_MAX - 1; i >= 0; i--)
		if (!spaces[i].root || spaces[i].root == part.root)
			unused = i;
	if (unused < 0)
		fail("too many processes have parts");
	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root == part.root)
			unused = i;
	spaces[unused] = part;
	shared = true;
	space_due = true;
}

static void mark_gone(void)
{
	struct space part = marked_part();
	unsigned int i;
	size_t page;

	/* Before the pages are gone, moves of them count. */
	read_map();
	for (i = 0; i < SPACES_MAX; i++)
		if (spaces[i].root == part.root)
			spaces[i].root = 0;
	for (page = part.first; page < part.first + part.pages; page++)
		map_remove(&map, page);
	space_due = true;
}

static void mark_fork(void)
{
	size_t page;

	for (page = 0; page < map.pages; page++)
		map.page[page].copied = true;
}

static void mark_request(void)
{
	if (!started)
		return;
	if (guest_register(GUEST_RDI))
		requests_begin(modelled_ps());
	else
		requests_end(modelled_ps());
}

static void next_segment(const char *name)
{
	struct times times;

	/* Last, as it charges moves: they belong to the segment that ends. */
	read_map();
	causes_settle();
	times = clock_read();
	end_segment(&times);
	begin_segment(name, &times);
}

static void mark_segment(void)
{
	char name[NAME_BYTES];

	if (!started)
		return;
	guest_read_string(guest_register(GUEST_RDI), name, sizeof(name));
	next_segment(name);
}

static void mark_stop(void)
{
	struct times times;

	if (!started)
		return;
	read_map();
	causes_settle();
	times = clock_read();
	end_segment(&times);
	if (bounds[0].pages)
		segment_bound(out, bounds, boundaries);
	if (late_bounds[0].pages)
		segment_bound(out, late_bounds, boundaries);
	curve_write(out);
	requests_write(out);
	fflush(out);
	started = false;
}

/*
 * Segments of a program that does not mark them: a number of its instructions.
 */

static uint64_t user_instructions(void)
{
	return program_user + (ours ? clock_instructions[0] - user_at_switch :
			       0);
}

static void mark_slices(void)
{
	slices.fill = guest_register(GUEST_RDI) * 1000000;
	slices.each = guest_register(GUEST_RSI) * 1000000;
	slices.epochs = guest_register(GUEST_RDX);
	slices.next = user_instructions() + slices.fill;
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
	uint8_t answer = slices.ended;

	cpu_memory_rw_debug(qemu_get_cpu(0), guest_register(GUEST_RDI), &answer,
			    sizeof(answer), true);
}

static void mark(unsigned int cpu, void *data)
{
	static void (*const marks[])(void) = {
		[MARK_SYMBOL] = mark_symbol,
		[MARK_START] = mark_start,
		[MARK_RANGE] = mark_range,
		[MARK_SEGMENT] = mark_segment,
		[MARK_STOP] = mark_stop,
		[MARK_PROGRAM] = mark_program,
		[MARK_SHARED] = mark_shared,
		[MARK_SLICES] = mark_slices,
		[MARK_ASK] = mark_ask,
		[MARK_OWN] = mark_own,
		[MARK_GONE] = mark_gone,
		[MARK_FORK] = mark_fork,
		[MARK_REQUEST] = mark_request,
	};
	uintptr_t code = (uintptr_t)data;

	if (code < sizeof(marks) / sizeof(*marks) && marks[code])
		marks[code]();
}

/*
 * Accesses.
 */

static void watch_access(unsigned int index, uint32_t info, uint64_t addr,
			 void *data)
{
	size_t page;
	bool store;
	int memory;

	if (!started)
		return;
	page = map_find(&map, addr);
	if (page >= map.pages)
		return;
	if (space_due) {
		space = find_space();
		if (space >= 0)
			program = causes_task();
		space_due = false;
	}
	if (space < 0)
		return;
	if (slices.next && user_instructions() >= slices.next)
		end_slice();
	if (!started)
		return;
	if (read_due)
		read_map();
	if (cpus)
		end_windows();
	store = qemu_plugin_mem_is_store(info);
	counts.accesses[store]++;
	see(&map.page[page], store);
	if (store && map.page[page].copied)
		copy_page(page, info, addr);
	/* The program just walked to its lines, unless the entry was flushed. */
	if (cache_access(&first_cache, line_key(page, addr >> LINE_SHIFT & 63)) &&
	    !(map.page[page].cleared >> space & 1)) {
		counts.hits++;
		return;
	}
	walk(page);
	if (cache_access(&cache, line_key(page, addr >> LINE_SHIFT & 63))) {
		counts.hits++;
		charge(STALL_HIT, ps.hit);
		return;
	}
	memory = memory_of(info, addr);
	if (memory < 0)
		counts.unknown++;
	else
		miss(page, memory, store);
}

/* The kernel copies for a program, 8 bytes at a time: a line is one access. */
static void watch_copy(unsigned int index, uint32_t info, uint64_t addr,
		       void *data)
{
	static uint64_t last[2];
	bool store = qemu_plugin_mem_is_store(info);

	if (addr >> LINE_SHIFT == last[store])
		return;
	last[store] = addr >> LINE_SHIFT;
	watch_access(index, info, addr, data);
}

/*
 * Tasks.
 */

/*
 * A task that has the name of the program, or shares the page table with one,
 * runs. Several processes may share data: the page table of the latest counts.
 */
static void note_program(uint64_t task, const char *name)
{
	bool named = !strncmp(name, program_name, NAME_BYTES - 1);
	uint64_t root = current_root();
	char word[NAME_BYTES + 2];
	uint32_t flags = 0;

	/* Kernel threads keep the page table of the task before. */
	guest_read(task + FLAGS_OFFSET, &flags, sizeof(flags));
	snprintf(word, sizeof(word), " %s ", name);
	client = strstr(client_names, word);
	ours = !client && !(flags & KERNEL_THREAD) &&
	       (named || (spaces[0].root && root == spaces[0].root));
	/* Another process: its pages are others, unless they are shared. */
	if (named && root != spaces[0].root) {
		spaces[0] = (struct space) { root, 0, map.pages };
		read_due = true;
	}
}

static void switch_task(unsigned int cpu, void *data)
{
	static bool was_client;
	bool other = *program_name ? !ours : causes_task() != program;
	uint64_t task = guest_register(GUEST_RSI);
	uint64_t now = clock_instructions[0] + clock_instructions[1];
	char name[NAME_BYTES];

	if (ours)
		program_user += clock_instructions[0] - user_at_switch;
	user_at_switch = clock_instructions[0];
	guest_read_string(task + name_offset, name, sizeof(name));
	if (*program_name)
		note_program(task, name);
	if (!started)
		return;
	/* Their numbers differ from run to run. */
	if (!strncmp(name, "kworker/", 8))
		strcpy(name, "kworker");
	/* The client of a server does not move pages. */
	if (other && !was_client && now - switched > READ_AFTER)
		read_due = true;
	was_client = client_high && (client || !strcmp(name, "load"));
	switched = now;
	space_due = true;
	/* Threads of one program may have many names, as those of Java. */
	causes_switch(task, ours || client ? "load" : name);
}

static void hooked(unsigned int cpu, void *data)
{
	unsigned int kinds = (uintptr_t)data & 0xff;
	unsigned int index = (uintptr_t)data >> 8;
	bool changed = false;

	if (!started)
		return;
	/* The return address was removed from the stack. */
	if (kinds & HOOK_RETURN)
		changed = causes_return(guest_register(GUEST_RSP) - 8);
	if (kinds & HOOK_ENTER)
		causes_enter(index, guest_register(GUEST_RSP));
	else if (kinds & HOOK_LEAVE)
		changed |= causes_leave(index);
	else if (kinds & HOOK_ENTRY)
		causes_enter_kernel(index);
	else if (kinds & HOOK_EXIT)
		causes_exit_kernel();
	/* The program itself looked at its pages, or moved some. */
	if (changed && causes_task() == program)
		read_due = true;
}

/*
 * Translation.
 */

/* Return the code of a marker, 0 for any other instruction. */
static unsigned int marker_code(const struct qemu_plugin_insn *insn)
{
	const uint8_t *byte = qemu_plugin_insn_data(insn);
	uint32_t word;

	if (qemu_plugin_insn_size(insn) != 7 || byte[0] != 0x0f ||
	    byte[1] != 0x1f || byte[2] != 0x80)
		return 0;
	memcpy(&word, byte + 3, sizeof(word));
	return (word & 0xffff0000) == MARK_MAGIC ? word & 0xffff : 0;
}

static void watch_block(const struct qemu_plugin_tb *tb, size_t count,
			void (*watch)(unsigned int, uint32_t, uint64_t, void *))
{
	size_t i;

	for (i = 0; i < count; i++)
		/* One callback, because QEMU 7.2 confuses loads and stores. */
		qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i),
						 watch, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
}

static void translate_user(struct qemu_plugin_tb *tb, uint64_t pc, size_t count)
{
	uintptr_t code = marker_code(qemu_plugin_tb_get_insn(tb, 0));

	if (code)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, mark,
						     QEMU_PLUGIN_CB_NO_REGS,
						     (void *)code);
	if (pc >= text_low && pc < text_high &&
	    (pc < client_low || pc >= client_high))
		watch_block(tb, count, watch_access);
}

static void translate_kernel(struct qemu_plugin_tb *tb, uint64_t pc,
			     size_t count)
{
	const struct qemu_plugin_insn *last =
		qemu_plugin_tb_get_insn(tb, count - 1);
	unsigned int index;
	uintptr_t kinds = causes_hook(pc, qemu_plugin_insn_data(last),
				     qemu_plugin_insn_size(last), &index);
	unsigned int i;

	for (i = 0; i < nr_copiers; i++)
		if (pc >= copiers[i].start && pc < copiers[i].end)
			watch_block(tb, count, watch_copy);

	if (kinds == HOOK_SWITCH)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, switch_task,
						     QEMU_PLUGIN_CB_NO_REGS,
						     NULL);
	else if (kinds != HOOK_NONE)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, hooked,
						     QEMU_PLUGIN_CB_NO_REGS,
						     (void *)(kinds | (uintptr_t)index << 8));
}

static void translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb);
	size_t count = qemu_plugin_tb_n_insns(tb);

	if (pc < USER_END)
		translate_user(tb, pc, count);
	else
		translate_kernel(tb, pc, count);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &clock_instructions[pc >= USER_END],
						 count);
}

/*
 * Arguments.
 */

static bool parse_memory(const char *value)
{
	unsigned int number = map_memories();
	char block[64];

	return number < MEMORIES_MAX &&
	       sscanf(value, "%63[^:]:%u:%u:%lu", block,
		      &prices.memory_ns[number][0],
		      &prices.memory_ns[number][1],
		      &queues[number].mbps) >= 3 &&
	       map_add_memory(block);
}

/* The memories come first, so that its bandwidth is known. */
static bool parse_antagonist(const char *value)
{
	unsigned int number;
	unsigned long mbps;

	if (sscanf(value, "%u:%lu", &number, &mbps) != 2 ||
	    number >= map_memories() || mbps >= queues[number].mbps)
		return false;
	queues[number].antagonist = mbps;
	return true;
}

static bool parse_number(const char *text, unsigned int *number)
{
	char *end;

	*number = strtoul(text, &end, 10);
	return *text && !*end;
}

static bool parse(const char *word)
{
	const char *value = strchr(word, '=');
	char name[32];

	if (!value++ || (size_t)(value - word) > sizeof(name))
		return false;
	snprintf(name, value - word, "%s", word);
	if (!strcmp(name, "memory"))
		return parse_memory(value);
	if (!strcmp(name, "cpus"))
		return parse_number(value, &cpus);
	if (!strcmp(name, "antagonist"))
		return parse_antagonist(value);
	if (!strcmp(name, "boundaries"))
		return parse_number(value, &boundaries);
	if (!strcmp(name, "text"))
		return sscanf(value, "%lx-%lx", &text_low, &text_high) == 2;
	if (!strcmp(name, "client"))
		return sscanf(value, "%lx-%lx", &client_low, &client_high) == 2;
	if (!strcmp(name, "cache"))
		return sscanf(value, "%u:%u", &cache_kib, &cache_ways) == 2;
	if (!strcmp(name, "first"))
		return sscanf(value, "%u:%u", &first_kib, &first_ways) == 2;
	if (!strcmp(name, "tlb"))
		return sscanf(value, "%u:%u", &tlb_entries, &tlb_ways) == 2;
	if (!strcmp(name, "quantum"))
		return parse_number(value, &quantum);
	if (!strcmp(name, "window"))
		return parse_number(value, &window_ms) && window_ms;
	if (!strcmp(name, "bound"))
		return (bound_from = strdup(value));
	if (!strcmp(name, "out"))
		return (out = fopen(value, "w"));
	return prices_set(&prices, name, value);
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "memory model: %s: %s\n", what, why);
	return -1;
}

static bool set_prices(void)
{
	unsigned int i, store;

	for (i = 0; i < map_memories(); i++) {
		for (store = 0; store < 2; store++) {
			ps.miss[i][store] = prices_miss(&prices, i, store);
			if (i && ps.miss[i][store] < ps.miss[i - 1][store])
				return false;
		}
		queues[i].idle_ps = (uint64_t)prices.memory_ns[i][0] *
				    prices.load_percent * 10;
	}
	if (boundaries >= map_memories())
		boundaries = map_memories() - 1;
	ps.hit = prices.hit_ps;
	ps.walk = (uint64_t)prices.walk_ns * 1000;
	ps.accessed = (uint64_t)prices.accessed_ns * 1000;
	return true;
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	int i;

	if (!info->system_emulation || !timers_state || !qemu_get_cpu ||
	    !cpu_exit || !icount_update || !tb_flush ||
	    !x86_cpu_gdb_read_register || !cpu_memory_rw_debug ||
	    !cpu_physical_memory_rw || !cpu_physical_memory_map ||
	    !cpu_physical_memory_unmap || !qemu_ram_block_by_name ||
	    !qemu_ram_get_host_addr || !qemu_ram_get_used_length)
		return refuse("this QEMU", "lacks functions of QEMU 7.2");
	for (i = 0; i < argc; i++)
		if (!parse(argv[i]))
			return refuse(argv[i], "invalid argument");
	if (info->system.max_vcpus != 1)
		return refuse("guest", "it needs exactly one CPU");
	if (!map_memories() || !text_high || !out)
		return refuse("arguments", "memory, text and out are needed");
	if (!cache_init(&first_cache, (size_t)first_kib * (1024 >> LINE_SHIFT),
			first_ways) ||
	    !cache_init(&cache, (size_t)cache_kib * (1024 >> LINE_SHIFT),
			cache_ways) ||
	    !cache_init(&tlb, tlb_entries, tlb_ways))
		return refuse("cache, tlb", "entries / ways is not a power of two");
	if (!set_prices())
		return refuse("memories", "a later one is faster");
	causes_init();
	clock_init(prices.instruction_ps, quantum);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
