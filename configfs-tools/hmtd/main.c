// SPDX-License-Identifier: GPL-2.0
/*
 * hmtd: carries out what the kernel modules of HMT cannot move themselves, with
 * move_pages(2). It keeps nothing: it may be killed and started again at any
 * time.
 */
#include <errno.h>
#include <getopt.h>
#include <numaif.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carry.h"
#include "log.h"
#include "service.h"

#ifndef HMTD_VERSION
#define HMTD_VERSION "0.1"
#endif

static int service = -1;
static volatile sig_atomic_t stopped;

static const char usage[] =
	"usage: hmtd [OPTION...]\n"
	"\n"
	"Moves huge pages, and pages of files and shared memory, where HMT wants\n"
	"them. See hmtd(8).\n"
	"\n"
	"  -f, --foreground     stay in the foreground\n"
	"  -v, --verbose        say what is moved\n"
	"      --device=PATH    instead of " HMT_DEVICE "\n"
	"  -h, --help           print this\n"
	"      --version        print the version\n";

/**
 * struct settings - what the command line says
 * @device: path of the device
 * @foreground: do not leave the terminal
 */
struct settings {
	const char *device;
	bool foreground;
};

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static int check_plan(__u64 id)
{
	return service_check(service, id);
}

/* Only what the process has for itself: how warm it is to others is unknown. */
static long move(int pid, unsigned long count, void **pages, const int *nodes,
		 int *status)
{
	return move_pages(pid, count, pages, nodes, status,
			  nodes ? MPOL_MF_MOVE : 0);
}

static const struct mover mover = {
	.check = check_plan,
	.move = move,
};

/* SIGTERM and SIGINT come only while there is nothing to do. */
static void block_signals(sigset_t *unblocked)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static int serve(const sigset_t *unblocked)
{
	static struct hmt_remote_plan plans[CARRY_PLANS];
	static struct hmt_remote_result results[CARRY_PLANS];
	ssize_t count;

	while (!stopped) {
		count = service_read(service, unblocked, plans, CARRY_PLANS);
		if (count < 0)
			return EXIT_FAILURE;
		carry_out(&mover, plans, count, results);
		if (service_write(service, results, count))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* What to end with, or -1: go on. */
static int parse(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'f' },
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
	log_error("'%.100s': hmtd takes options only", argv[optind]);
	return 2;
}

int main(int argc, char **argv)
{
	struct settings settings = { .device = HMT_DEVICE };
	int status = parse(argc, argv, &settings);
	sigset_t unblocked;

	if (status >= 0)
		return status;
	block_signals(&unblocked);
	service = service_open(settings.device);
	if (service < 0)
		return EXIT_FAILURE;
	if (!settings.foreground && daemon(0, 1)) {
		log_error("going into the background: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	log_detail("ready");
	return serve(&unblocked);
}
