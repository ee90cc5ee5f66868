// SPDX-License-Identifier: GPL-2.0
/*
 * Pages in a batch of CPU 1, which a real-time thread occupies, are moved: the
 * thread that uses them on CPU 0 goes on. Needs sched_rt_runtime_us = -1.
 *
 *	hmt_polled UID	memory to move them to
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libioctl.h"

/* Fewer than a batch has. */
#define FRESH_PAGES		4

/* Time after which the poller ends in any case, in s. */
#define WATCH_S		30

static char *memory;
static sem_t start;
static volatile bool polling, ended, expired;
static volatile unsigned long uses;

static void pin(pid_t thread, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(thread, sizeof(cpus), &cpus))
		die(EXIT_SYSTEM, "CPU %d: %s", cpu, strerror(errno));
}

/* Preempts the main thread on CPU 1, and sends it away. */
static void *poll_forever(void *unused)
{
	const struct sched_param param = { .sched_priority = 50 };

	(void)unused;
	pin(0, 1);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die(EXIT_SYSTEM, "SCHED_FIFO: %s", strerror(errno));
	sem_wait(&start);
	pin(getpid(), 0);
	polling = true;
	while (!ended)
		;
	return NULL;
}

static void *use_pages(void *unused)
{
	size_t page;

	(void)unused;
	pin(0, 0);
	while (!ended)
		for (page = 0; page < FRESH_PAGES; page++, uses++)
			*(volatile char *)(memory + page * PAGE_BYTES) += 1;
	return NULL;
}

static void *watch(void *unused)
{
	unsigned int s;

	(void)unused;
	pin(0, 0);
	for (s = 0; s < WATCH_S && !ended; s++)
		sleep(1);
	expired = !ended;
	ended = true;
	return NULL;
}

static pthread_t start_thread(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL))
		die(EXIT_SYSTEM, "no thread");
	return thread;
}

static void move(union request *what, __u32 uid)
{
	make_move(what)->move.start = (uintptr_t)memory;
	what->move.length = FRESH_PAGES * PAGE_BYTES;
	what->move.uid = uid;
	expect(0, request(HMT_MOVE, what), "move", 0);
}

/* Put the pages into a batch of CPU 1 that was empty. */
static void fill_batch(void)
{
	char *locked = map_pages(1);
	size_t page;

	pin(0, 1);
	/* mlock() empties the batches of its own CPU. */
	if (mlock(locked, PAGE_BYTES))
		die(EXIT_SYSTEM, "mlock: %s", strerror(errno));
	for (page = 0; page < FRESH_PAGES; page++)
		memory[page * PAGE_BYTES] = 1;
}

int main(int argc, char **argv)
{
	pthread_t poller, user, watcher;
	union request what;
	unsigned long before;

	if (argc != 2)
		die(EXIT_USAGE, "usage: hmt_polled UID");
	open_device();
	memory = map_pages(FRESH_PAGES);
	sem_init(&start, 0, 0);
	poller = start_thread(poll_forever);
	watcher = start_thread(watch);
	/* The threads have faulted in all that they need. */
	usleep(100000);
	fill_batch();
	sem_post(&start);
	while (!polling)
		usleep(1000);
	user = start_thread(use_pages);
	while (!uses)
		usleep(1000);
	move(&what, number(argv[1]));
	before = uses;
	while (!expired && uses < before + 100 * FRESH_PAGES)
		usleep(1000);
	if (expired)
		die(EXIT_WRONG, "the pages' user waited for the poller");
	expect(FRESH_PAGES, what.move.pages[HMT_RESULT_BUSY], "busy", 0);
	ended = true;
	pthread_join(poller, NULL);
	pthread_join(user, NULL);
	pthread_join(watcher, NULL);
	pin(0, 1);
	move(&what, number(argv[1]));
	expect(FRESH_PAGES, what.move.pages[HMT_RESULT_MOVED], "moved", 0);
	return 0;
}
