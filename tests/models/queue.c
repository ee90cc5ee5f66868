// SPDX-License-Identifier: GPL-2.0
/*
 * All interleavings of writers and the reader of a queue with two slots: each
 * access to shared memory is a point at which any other thread may run, and at
 * which a writer may stop forever.
 *
 * A schedule is run from the start again with another choice at its last point.
 * Two schedules after which memory is the same, and all threads have read the
 * same, continue in the same way: only one of them is followed. The accesses are
 * sequentially consistent. Weaker orders of memory are not covered.
 */
#include <linux/types.h>
#include <string.h>
#include <ucontext.h>
#include "model.h"
#include "lib/queue.h"

/* The ring uses the first slots of the array. */
#undef HMT_QUEUE_SLOTS
#define HMT_QUEUE_SLOTS	2
#include "lib/queue.c"

#define THREADS		4
#define READER		(THREADS - 1)
#define STACK		65536
#define POINTS		128
#define SEEN		(1U << 22)

/**
 * struct thread - a writer or the reader
 * @context: point at which it continues
 * @seen: hash of the values that it has read
 * @steps: number of its accesses
 * @repeats: number of its accesses in the present call of the queue
 * @done: it has ended
 */
struct thread {
	ucontext_t context;
	u64 seen;
	unsigned int steps;
	unsigned int repeats;
	bool done;
};

/**
 * struct scenario - what the threads do
 * @name: for the output
 * @reports: number of reports of each writer
 * @reads: number of attempts to read
 * @share: writers respect the share of their mm
 * @lost: this writer may stop forever at any point
 */
struct scenario {
	const char *name;
	unsigned int reports[READER];
	unsigned int reads;
	bool share;
	int lost;
};

static const struct scenario scenarios[] = {
	{ "two writers, two reports each", { 2, 2 }, 4, false, -1 },
	{ "three writers", { 1, 1, 1 }, 3, false, -1 },
	{ "shares", { 2, 1 }, 3, true, -1 },
	{ "a writer that never returns", { 1, 2 }, 3, false, 0 },
};

static struct hmt_queue queue;
static struct thread threads[THREADS];
static char stacks[THREADS][STACK];
static ucontext_t scheduler;
static unsigned int running;
static const struct scenario *now;
/* The schedule: which thread ran at each point, and which may have. */
static unsigned char choices[POINTS], enabled[POINTS][THREADS + 1];
static unsigned int nr_points;
static u64 visited[SEEN];
/* Reports in the order in which they were read, and those that were accepted. */
static unsigned long read_reports[8], accepted[8];
static unsigned int nr_read, nr_accepted, nr_refused;

static u64 mix(u64 hash, u64 value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

void model_step(void)
{
	struct thread *thread = &threads[running];

	thread->steps++;
	/* A call ends, whatever the others do: each repeat is their progress. */
	check(++thread->repeats <= 24, "thread %u repeats", running);
	swapcontext(&thread->context, &scheduler);
}

unsigned long model_saw(unsigned long value)
{
	threads[running].seen = mix(threads[running].seen, value);
	return value;
}

static unsigned long name_of(unsigned int writer, unsigned int nr)
{
	return 16 * (writer + 1) + nr;
}

static void write_reports(unsigned int writer)
{
	unsigned int i;

	for (i = 0; i < now->reports[writer]; i++) {
		struct hmt_report report = {
			.managed = (void *)(unsigned long)(writer + 1),
			.addr = name_of(writer, i),
			.pages = 1,
			.score = name_of(writer, i),
		};
		bool taken;

		threads[writer].repeats = 0;
		taken = now->share ? hmt_queue_enqueue_share(&queue, &report) :
				     hmt_queue_enqueue(&queue, &report);
		if (taken)
			accepted[nr_accepted++] = report.addr;
		else
			nr_refused++;
	}
}

static void read_all(void)
{
	struct hmt_report report;
	unsigned int i;

	for (i = 0; i < now->reads; i++) {
		threads[READER].repeats = 0;
		if (!hmt_queue_dequeue(&queue, &report))
			continue;
		check(report.addr == report.score && report.pages == 1,
		      "a report is torn: %#lx, %#x", report.addr, report.score);
		read_reports[nr_read++] = report.addr;
	}
}

static void thread_main(void)
{
	if (running == READER)
		read_all();
	else
		write_reports(running);
	threads[running].done = true;
}

static void begin_thread(unsigned int index)
{
	struct thread *thread = &threads[index];

	memset(thread, 0, sizeof(*thread));
	getcontext(&thread->context);
	thread->context.uc_stack.ss_sp = stacks[index];
	thread->context.uc_stack.ss_size = STACK;
	thread->context.uc_link = &scheduler;
	makecontext(&thread->context, thread_main, 0);
}

static void begin(void)
{
	unsigned int i;

	hmt_queue_init(&queue);
	for (i = 0; i < THREADS; i++)
		begin_thread(i);
	nr_read = 0;
	nr_accepted = 0;
	nr_refused = 0;
}

/* Return a number for memory and threads; 0 is none. */
static u64 state_hash(void)
{
	u64 hash = mix(1, queue.head);
	unsigned int i;

	hash = mix(hash, queue.tail);
	hash = mix(hash, queue.dropped.counter);
	for (i = 0; i < HMT_QUEUE_SLOTS; i++) {
		hash = mix(hash, queue.slots[i].seq);
		hash = mix(hash, queue.slots[i].report.addr);
		hash = mix(hash, queue.slots[i].report.score);
	}
	for (i = 0; i < THREADS; i++) {
		hash = mix(hash, threads[i].seen);
		hash = mix(hash, threads[i].steps);
		hash = mix(hash, queue.held[i + 1].counter);
	}
	return hash ?: 1;
}

static bool is_new(u64 hash)
{
	u64 slot = hash % SEEN;

	while (visited[slot] && visited[slot] != hash)
		slot = (slot + 1) % SEEN;
	if (visited[slot])
		return false;
	visited[slot] = hash;
	check(++states % SEEN < SEEN / 4 * 3, "too many states");
	return true;
}

/* A reader that comes when all are done gets the rest, whoever is lost. */
static void check_end(bool lost)
{
	unsigned int i, j, held = 0, found = 0;
	struct hmt_report report;

	running = READER;
	while (!lost && queue.head != queue.tail) {
		unsigned long tail = queue.tail % HMT_QUEUE_SLOTS;

		check(queue.slots[tail].seq == queue.tail + 1,
		      "slot %lu is not complete", tail);
		report = queue.slots[tail].report;
		read_reports[nr_read++] = report.addr;
		queue.held[(unsigned long)report.managed].counter--;
		queue.tail++;
	}
	for (i = 0; i < nr_accepted; i++)
		for (j = 0; j < nr_read; j++)
			found += accepted[i] == read_reports[j];
	check(lost || (found == nr_accepted && nr_read == nr_accepted),
	      "%u read of %u accepted", nr_read, nr_accepted);
	check(queue.dropped.counter == nr_refused, "%ld dropped, %u refused",
	      queue.dropped.counter, nr_refused);
	for (i = 0; i < HMT_QUEUE_SHARES; i++)
		held += queue.held[i].counter;
	check(lost || !held, "%u slots are held", held);
	/* The reports of a writer keep their order, and none is read twice. */
	for (i = 0; i < nr_read; i++)
		for (j = i + 1; j < nr_read; j++)
			check(read_reports[i] / 16 != read_reports[j] / 16 ||
			      read_reports[i] < read_reports[j],
			      "report %#lx is read after %#lx",
			      read_reports[j], read_reports[i]);
}

/* Fill in the threads that may run at a point; return their number. */
static unsigned int list_enabled(unsigned int point)
{
	unsigned int i, nr = 0;

	for (i = 0; i < THREADS; i++)
		if (!threads[i].done)
			enabled[point][nr++] = i;
	/* Only a writer that is lost is left: one more choice is to end here. */
	if (nr == 1 && enabled[point][0] == now->lost)
		nr = 0;
	return nr;
}

/* Run the schedule of @nr_points choices, and the first choice from there. */
static void run_schedule(void)
{
	unsigned int point, nr;

	begin();
	for (point = 0; (nr = list_enabled(point)); point++) {
		check(point < POINTS, "a schedule is too long");
		if (point >= nr_points) {
			if (!is_new(state_hash()))
				return;
			choices[nr_points++] = 0;
		}
		running = enabled[point][choices[point]];
		enabled[point][THREADS] = nr;
		swapcontext(&scheduler, &threads[running].context);
	}
	check_end(now->lost >= 0 && !threads[now->lost].done);
}

static unsigned long run_scenario(const struct scenario *scenario)
{
	unsigned long schedules = 0;

	now = scenario;
	memset(visited, 0, sizeof(visited));
	nr_points = 0;
	do {
		run_schedule();
		schedules++;
		while (nr_points && choices[nr_points - 1] + 1 ==
					    enabled[nr_points - 1][THREADS])
			nr_points--;
		if (nr_points)
			choices[nr_points - 1]++;
	} while (nr_points);
	return schedules;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		unsigned long before = states, schedules;

		schedules = run_scenario(&scenarios[i]);
		printf("# %s: %lu schedules, %lu states\n", scenarios[i].name,
		       schedules, states - before);
	}
	finish("queue: all interleavings", 10000);
	return 0;
}
