// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns of access. A record is four cache lines, 512 bytes apart, of one
 * page. The loops touch the data and small tables only.
 */
#include <math.h>
#include <string.h>
#include "load.h"

#define ZIPF_THETA	0.99

static uint64_t state;
static uint64_t *aliases;	/* probability << 32 | alias, one a rank */
static volatile uint64_t sink;	/* what is read must not be in vain */
static size_t scan_at;

/* xorshift64*: its upper bits are good. */
static inline uint64_t draw(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1dULL;
}

/* @bits is 32 random bits. */
static inline uint32_t below(uint32_t end, uint32_t bits)
{
	return (uint64_t)end * bits >> 32;
}

static void shuffle(uint32_t *order, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		order[i] = i;
	for (i = count - 1; i; i--) {
		uint32_t j = below(i + 1, draw(&state) >> 32), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void zipf_weights(double *weights, uint32_t count)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		sum += weights[i] = 1 / pow(i + 1, ZIPF_THETA);
	for (i = 0; i < count; i++)
		weights[i] *= count / sum;
}

static uint64_t zipf_entry(double weight, uint32_t alias)
{
	uint64_t probability = weight >= 1 ? UINT32_MAX : weight * UINT32_MAX;

	return probability << 32 | alias;
}

/* Vose's alias method: one table look-up a draw. */
static void zipf_init(uint32_t count)
{
	double *weights = allocate(count, sizeof(*weights));
	uint32_t *small = allocate(count, sizeof(*small));
	uint32_t *large = allocate(count, sizeof(*large));
	uint32_t smalls = 0, larges = 0, i;

	aliases = allocate(count, sizeof(*aliases));
	zipf_weights(weights, count);
	for (i = 0; i < count; i++) {
		aliases[i] = zipf_entry(1, i);
		if (weights[i] < 1)
			small[smalls++] = i;
		else
			large[larges++] = i;
	}
	while (smalls && larges) {
		uint32_t from = small[--smalls], to = large[larges - 1];

		aliases[from] = zipf_entry(weights[from], to);
		weights[to] -= 1 - weights[from];
		if (weights[to] < 1)
			small[smalls++] = large[--larges];
	}
}

void pattern_init(struct load *load)
{
	state = 88172645463325252ULL ^ load->seed << 40;
	load->groups = load->pages / load->group;
	load->order = allocate(load->groups, sizeof(*load->order));
	shuffle(load->order, load->groups);
	if (load->pattern == PATTERN_ZIPF)
		zipf_init(load->groups);
}

static inline uint32_t turned(const struct load *load, uint32_t rank)
{
	rank += load->turn;
	return rank < load->groups ? rank : rank - load->groups;
}

size_t pattern_page(const struct load *load, size_t index)
{
	uint32_t rank = turned(load, index / load->group);

	return (size_t)load->order[rank] * load->group + index % load->group;
}

/*
 * What the loops need, held in registers: an access to anything but the data
 * costs the model as much host time as one that counts.
 */
struct view {
	char *base;
	const uint32_t *order;
	uint32_t groups;
	uint32_t turn;
	uint32_t group;
	uint32_t hot;
	uint32_t share;		/* of 1024, as is the next */
	uint32_t stores;
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

/* @bits: 3 for the place in the page, 10 for load or store. */
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

static uint64_t run_hot(struct view view, uint64_t records)
{
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		bool hot = (bits & 1023) < view.share;

		sum += access_rank(&view, below(hot ? view.hot : view.groups,
						bits >> 32), draw(&x) >> 32);
	}
	state = x;
	return sum;
}

static uint64_t run_zipf(struct view view, uint64_t records)
{
	const uint64_t *table = aliases;
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		uint32_t rank = below(view.groups, bits >> 32);
		uint64_t entry = table[rank];

		if ((uint32_t)bits > entry >> 32)
			rank = (uint32_t)entry;
		sum += access_rank(&view, rank, draw(&x) >> 32);
	}
	state = x;
	return sum;
}

/* What is not for the hot set reads on through all pages, each once a lap. */
static uint64_t run_scan(struct view view, uint64_t records)
{
	size_t end = (size_t)view.groups * view.group * 8;
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
		if (++at == end)
			at = 0;
	}
	state = x;
	scan_at = at;
	return sum;
}

void pattern_run(struct load *load)
{
	static uint64_t (*const run[PATTERNS])(struct view, uint64_t) = {
		[PATTERN_HOT] = run_hot,
		[PATTERN_ZIPF] = run_zipf,
		[PATTERN_SCAN] = run_scan,
	};

	sink += run[load->pattern](view_of(load), load->records);
}
