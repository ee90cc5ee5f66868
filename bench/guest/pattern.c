// SPDX-License-Identifier: GPL-2.0
/*
 * Access patterns. A record is four cache lines, 512 bytes apart, of one page.
 * The loops access only the data and small tables.
 */
#include "load.h"
#include "random.h"

static uint64_t state;
static size_t scan_at;
static const uint64_t *zipf;
static volatile uint64_t sink;	/* keeps the compiler from removing loads */

/*
 * Values for the loops, so that the compiler can keep them in registers: any
 * other access costs the model as much host time as an access to the data.
 */
struct view {
	char *base;
	const uint32_t *order;
	uint32_t groups;
	uint32_t turn;
	uint32_t group;
	uint32_t hot;		/* ranks that are hot */
	uint32_t share;		/* in 1/1024 */
	uint32_t stores;	/* in 1/1024 */
};

static struct view view_of(const struct load *load)
{
	return (struct view) {
		.base = load->base,
		.order = load->order,
		.groups = load->groups,
		.turn = load->turn,
		.group = load->group,
		.hot = load->hot_mib * PAGES_PER_MIB / load->group,
		.share = load->share * 1024 / 100,
		.stores = load->stores * 1024 / 100,
	};
}

/* @bits: 3 bits for the cache line, 10 bits for load or store. */
static inline uint64_t access_page(const struct view *view, size_t page,
				   uint32_t bits)
{
	volatile uint64_t *word = (volatile uint64_t *)
		(view->base + page * PAGE_BYTES + ((bits & 7) << 6));

	if ((bits >> 3 & 1023) >= view->stores)
		return word[0] + word[64] + word[128] + word[192];
	word[0] = bits;
	word[64] = bits;
	word[128] = bits;
	word[192] = bits;
	return 0;
}

static inline uint64_t access_rank(const struct view *view, uint32_t rank,
				   uint32_t bits)
{
	size_t page;

	rank += view->turn;
	if (rank >= view->groups)
		rank -= view->groups;
	page = (size_t)view->order[rank] * view->group;
	return access_page(view, page + (bits >> 16 & (view->group - 1)), bits);
}

static uint64_t run_hot(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		bool hot = (bits & 1023) < view.share;

		sum += access_rank(&view, below(hot ? view.hot : view.groups,
						bits >> 32),
				   draw(&x) >> 32);
	}
	state = x;
	return sum;
}

static uint64_t run_zipf(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	const uint64_t *table = zipf;
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);

		sum += access_rank(&view, zipf_rank(table, view.groups, bits),
				   draw(&x) >> 32);
	}
	state = x;
	return sum;
}

/* Accesses other than those to the hot set read all pages sequentially. */
static uint64_t run_scan(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	size_t lap = (size_t)view.groups * view.group * 8;
	uint64_t x = state, sum = 0;
	size_t at = scan_at;

	while (records--) {
		uint64_t bits = draw(&x);

		if ((bits & 1023) < view.share) {
			sum += access_rank(&view, below(view.hot, bits >> 32),
					   draw(&x) >> 32);
			continue;
		}
		sum += access_page(&view, at / 8, at % 8 | 1023 << 3);
		if (++at == lap)
			at = 0;
	}
	state = x;
	scan_at = at;
	return sum;
}

void pattern_run(const struct load *load, uint64_t records)
{
	static uint64_t (*const run[PATTERNS])(const struct load *, uint64_t) = {
		[PATTERN_HOT] = run_hot,
		[PATTERN_ZIPF] = run_zipf,
		[PATTERN_SCAN] = run_scan,
	};

	sink += run[load->pattern](load, records);
}

void pattern_init(struct load *load)
{
	state = seed_of(load->seed);
	load->groups = load->pages / load->group;
	load->order = allocate(load->groups, sizeof(*load->order));
	shuffle(load->order, load->groups, &state);
	if (load->pattern == PATTERN_ZIPF)
		zipf = zipf_table(load->groups);
}
