// SPDX-License-Identifier: GPL-2.0
/*
 * hmtd: moves pages that the modules of HMT cannot move themselves, with
 * move_pages(2). It has no state: it can be killed and restarted at any time. A
 * child process is the provider "damon", because its sysfs can block.
 */
#include <errno.h>
#include <getopt.h>
#include <numaif.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "carry.h"
#include "damon.h"
#include "log.h"
#include "service.h"
#include "watch.h"

#ifndef HMTD_VERSION
#define HMTD_VERSION "0.1"
#endif

/* Delay of the restart of a child that ended, in seconds. */
#define WATCH_PAUSE	1

static int service = -1;
static pid_t watcher;
static volatile sig_atomic_t stopped;

static const char usage[] =
	"usage: hmtd [OPTION...]\n"
	"\n"
	"Moves huge pages, and pages of files and shared memory, where HMT wants\n"
	"them. See hmtd(8).\n"
	"\n"
	"  -f, --foreground     stay in the foreground\n"
	"      --damon          run the provider \"damon\" as well\n"
	"  -v, --verbose        print all activity\n"
	"      --device=PATH    instead of " HMT_DEVICE "\n"
	"  -h, --help           print this\n"
	"      --version        print the version\n";

/**
 * struct settings - options of the command line
 * @device: path of the device
 * @foreground: stay in the foreground
 * @damon: run the provider "damon"
 */
struct settings {
	const char *device;
	bool foreground;
	bool damon;
};

static void on_signal(int number)
{
	if (number != SIGCHLD)
		stopped = 1;
}

static int check_plan(__u64 id)
{
	return service_check(service, id);
}

/*
 * Move pages that only this process maps: their heat in other processes is
 * unknown.
 */
static long move_process_pages(int pid, unsigned long count, void **pages,
			       const int *nodes, int *status)
{
	return move_pages(pid, count, pages, nodes, status,
			  nodes ? MPOL_MF_MOVE : 0);
}

static const struct mover mover = {
	.check = check_plan,
	.move = move_process_pages,
};

/* Let SIGTERM, SIGINT and SIGCHLD arrive only while waiting for plans. */
static void block_signals(sigset_t *unblocked)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
}

/* Start the child. It ends its monitor and exits whenever its parent ends. */
static void start_watcher(const struct settings *settings,
			  const sigset_t *unblocked, unsigned int pause)
{
	const struct timespec nap = { .tv_sec = pause };
	pid_t parent = getpid();

	watcher = fork();
	if (watcher < 0)
		log_error("provider 'damon': %s", strerror(errno));
	if (watcher)
		return;
	close(service);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(EXIT_FAILURE);
	ppoll(NULL, 0, &nap, unblocked);
	exit(watch(settings->device, unblocked, &stopped));
}

static void tend_watcher(const struct settings *settings,
			 const sigset_t *unblocked)
{
	int status;

	/* A negative watcher means that fork() failed. */
	if (!watcher ||
	    (watcher > 0 && waitpid(watcher, &status, WNOHANG) != watcher))
		return;
	if (watcher > 0)
		log_error("provider 'damon' ended with status %d: starting it again",
			  status);
	start_watcher(settings, unblocked, WATCH_PAUSE);
}

static void stop_watcher(void)
{
	if (watcher <= 0)
		return;
	kill(watcher, SIGTERM);
	waitpid(watcher, NULL, 0);
}

static int serve_plans(const struct settings *settings,
		       const sigset_t *unblocked)
{
	static struct hmt_remote_plan plans[CARRY_PLANS];
	static struct hmt_remote_result results[CARRY_PLANS];
	ssize_t count;

	while (!stopped) {
		count = service_read(service, unblocked, plans, CARRY_PLANS);
		if (count < 0)
			return EXIT_FAILURE;
		tend_watcher(settings, unblocked);
		carry_out(&mover, plans, count, results);
		if (service_write(service, results, count))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* Parse the command line; return the exit status, or -1 to continue. */
static int parse_options(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "damon", no_argument, NULL, 'D' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "device", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "fvh", options, NULL)) >= 0) {
		switch (option) {
		case 'f':
			settings->foreground = true;
			break;
		case 'D':
			settings->damon = true;
			break;
		case 'v':
			log_verbose(true);
			break;
		case 'd':
			settings->device = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("hmtd " HMTD_VERSION);
			return EXIT_SUCCESS;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	log_error("'%.100s': hmtd has no operands, only options", argv[optind]);
	return 2;
}

int main(int argc, char **argv)
{
	struct settings settings = { .device = HMT_DEVICE };
	int status = parse_options(argc, argv, &settings);
	sigset_t unblocked;

	if (status >= 0)
		return status;
	block_signals(&unblocked);
	service = service_open(settings.device);
	if (service < 0)
		return EXIT_FAILURE;
	if (!settings.foreground && daemon(0, 1)) {
		log_error("cannot go into the background: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	if (settings.damon && damon_is_there())
		start_watcher(&settings, &unblocked, 0);
	log_detail("ready");
	status = serve_plans(&settings, &unblocked);
	stop_watcher();
	return status;
}
