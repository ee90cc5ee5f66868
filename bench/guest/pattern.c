// SPDX-License-Identifier: GPL-2.0
/*
 * Access patterns. A record is four cache lines, 512 bytes apart, of one page.
 * The loops access only the data and small tables.
 *
 * Threads share the records. One half of the hot set is hot for all threads,
 * the other half is divided among them. Together they access each page as often
 * as a single thread would.
 */
#include <pthread.h>
#include "load.h"
#include "random.h"

/* One thread of the load. */
struct worker {
	struct load *load;
	uint64_t state;
	size_t scan_at;
	long number;
};

static uint64_t state;
static const uint64_t *zipf;
static volatile uint64_t sink;	/* keeps the compiler from removing loads */
static struct worker *workers;
static pthread_barrier_t started, done;

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
 * Values for the loops, so that the compiler can keep them in registers: any
 * other access costs the model as much host time as an access to the data.
 */
struct view {
	char *base;
	const uint32_t *order;
	uint32_t groups;
	uint32_t turn;
	uint32_t group;
	uint32_t hot;		/* ranks that are hot for all threads */
	uint32_t own;		/* ranks that are hot for this thread */
	uint32_t own_first;	/* first of them */
	uint32_t share;		/* in 1/1024 */
	uint32_t stores;	/* in 1/1024 */
};

static struct view view_of(const struct worker *worker)
{
	const struct load *load = worker->load;
	uint32_t hot = load->hot_mib * PAGES_PER_MIB / load->group;
	uint32_t own = hot / 2 / load->threads;

	return (struct view) {
		.base = load->base,
		.order = load->order,
		.groups = load->groups,
		.turn = load->turn,
		.group = load->group,
		.hot = hot - own * load->threads,
		.own = own,
		.own_first = hot - own * (load->threads - worker->number),
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

static inline uint32_t hot_rank(const struct view *view, uint64_t bits)
{
	if (bits & 1024)
		return view->own_first + below(view->own, bits >> 32);
	return below(view->hot, bits >> 32);
}

static uint64_t run_hot(struct worker *worker, uint64_t records)
{
	struct view view = view_of(worker);
	uint64_t x = worker->state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		bool hot = (bits & 1023) < view.share;

		sum += access_rank(&view, hot ? hot_rank(&view, bits) :
					  below(view.groups, bits >> 32),
				   draw(&x) >> 32);
	}
	worker->state = x;
	return sum;
}

static uint64_t run_zipf(struct worker *worker, uint64_t records)
{
	struct view view = view_of(worker);
	const uint64_t *table = zipf;
	uint64_t x = worker->state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		sum += access_rank(&view, zipf_rank(table, view.groups, bits),
				   draw(&x) >> 32);
	}
	worker->state = x;
	return sum;
}

/* Accesses other than those to the hot set read all pages sequentially. */
static uint64_t run_scan(struct worker *worker, uint64_t records)
{
	struct view view = view_of(worker);
	size_t lap = (size_t)view.groups * view.group * 8;
	uint64_t x = worker->state, sum = 0;
	size_t at = worker->scan_at;

	while (records--) {
		uint64_t bits = draw(&x);

		if ((bits & 1023) < view.share) {
			sum += access_rank(&view, hot_rank(&view, bits),
					   draw(&x) >> 32);
			continue;
		}
		sum += access_page(&view, at / 8, at % 8 | 1023 << 3);
		if (++at == lap)
			at = 0;
	}
	worker->state = x;
	worker->scan_at = at;
	return sum;
}

static void work(struct worker *worker)
{
	static uint64_t (*const run[PATTERNS])(struct worker *, uint64_t) = {
		[PATTERN_HOT] = run_hot,
		[PATTERN_ZIPF] = run_zipf,
		[PATTERN_SCAN] = run_scan,
	};
	const struct load *load = worker->load;

	sink += run[load->pattern](worker, load->records / load->threads);
}

static void *work_forever(void *worker)
{
	while (true) {
		pthread_barrier_wait(&started);
		work(worker);
		pthread_barrier_wait(&done);
	}
	return NULL;
}

/* Run one epoch. The calling thread is one of the workers. */
void pattern_run(struct load *load)
{
	if (load->threads > 1)
		pthread_barrier_wait(&started);
	work(workers);
	if (load->threads > 1)
		pthread_barrier_wait(&done);
}

static void start_workers(struct load *load)
{
	pthread_t thread;
	long i;

	workers = allocate(load->threads, sizeof(*workers));
	pthread_barrier_init(&started, NULL, load->threads);
	pthread_barrier_init(&done, NULL, load->threads);
	for (i = 0; i < load->threads; i++) {
		workers[i] = (struct worker) {
			.load = load,
			.state = state + i * 0x9e3779b97f4a7c15ULL,
			.scan_at = load->pages * 8 / load->threads * i,
			.number = i,
		};
		if (i && pthread_create(&thread, NULL, work_forever,
					&workers[i]))
			die("cannot start %ld threads", load->threads);
	}
}

void pattern_init(struct load *load)
{
	state = seed_of(load->seed);
	load->groups = load->pages / load->group;
	load->order = allocate(load->groups, sizeof(*load->order));
	shuffle(load->order, load->groups, &state);
	if (load->pattern == PATTERN_ZIPF)
		zipf = zipf_table(load->groups);
	start_workers(load);
}
