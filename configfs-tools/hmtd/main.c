// SPDX-License-Identifier: GPL-2.0
/*
 * hmtd: moves pages that the modules of HMT cannot move themselves, with
 * move_pages(2). With --damon it is the provider "damon" instead: a process of
 * its own, because it needs other privileges, and DAMON's sysfs can block. Both
 * have no state: they can be killed and restarted at any time.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "damon.h"
#include "log.h"
#include "loop.h"
#include "serve.h"
#include "service.h"
#include "watch.h"

static const char usage[] =
	"usage: hmtd [OPTION...]\n"
	"\n"
	"Moves huge pages, and pages of files and shared memory, where HMT wants\n"
	"them. See hmtd(8).\n"
	"\n"
	"  -f, --foreground     stay in the foreground\n"
	"      --damon          run the provider \"damon\" instead\n"
	"      --stop-damon-stat\n"
	"                       with --damon: stop the kernel's DAMON_STAT\n"
	"  -v, --verbose        print all activity\n"
	"      --device=PATH    instead of " HMT_DEVICE "\n"
	"  -h, --help           print this\n"
	"      --version        print the version\n";

/**
 * struct settings - options of the command line
 * @device: path of the device
 * @foreground: stay in the foreground
 * @damon: run the provider "damon" instead of the mover
 * @stop_stat: stop DAMON_STAT while the provider runs
 */
struct settings {
	const char *device;
	bool foreground;
	bool damon;
	bool stop_stat;
};

/* Print @text; return the exit status. */
static int print_text(const char *text)
{
	if (fputs(text, stdout) >= 0 && !fflush(stdout))
		return EXIT_SUCCESS;
	log_error("standard output: %s", strerror(errno));
	return EXIT_FAILURE;
}

/* Log the error of getopt_long() about @option; return the exit status. */
static int explain_option(int option, char **argv)
{
	if (option == ':')
		log_error("'%.100s': its value is missing", argv[optind - 1]);
	else if (optopt && !strchr("fDSvdhV", optopt))
		log_error("'-%c': unknown option; see hmtd --help", optopt);
	else
		log_error("'%.100s': unknown option, or its value is not allowed; see hmtd --help",
			  argv[optind - 1]);
	return EXIT_USAGE;
}

/* Parse the command line; return the exit status, or -1 to continue. */
static int parse_options(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "damon", no_argument, NULL, 'D' },
		{ "stop-damon-stat", no_argument, NULL, 'S' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "device", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":fvh", options,
				     NULL)) >= 0) {
		switch (option) {
		case 'f':
			settings->foreground = true;
			break;
		case 'D':
			settings->damon = true;
			break;
		case 'S':
			settings->stop_stat = true;
			break;
		case 'v':
			log_verbose(true);
			break;
		case 'd':
			settings->device = optarg;
			break;
		case 'h':
			return print_text(usage);
		case 'V':
			return print_text("hmtd " HMT_VERSION "\n");
		default:
			return explain_option(option, argv);
		}
	}
	if (optind == argc && settings->stop_stat && !settings->damon) {
		log_error("'--stop-damon-stat': is for --damon only");
		return EXIT_USAGE;
	}
	if (optind == argc)
		return -1;
	log_error("'%.100s': hmtd has no operands, only options", argv[optind]);
	return EXIT_USAGE;
}

/* Open the device; return a descriptor, or -1 and an exit status. */
static int open_for(const struct settings *settings, int *status)
{
	if (!settings->damon)
		return service_open(settings->device, status);
	if (damon_is_there())
		return service_open_device(settings->device, status);
	*status = EXIT_POINTLESS;
	return -1;
}

/* Go into the background, without terminal: messages go to syslog. */
static int leave_terminal(void)
{
	if (daemon(0, 0))
		return log_error("cannot go into the background: %s",
				 strerror(errno));
	log_to_syslog();
	return 0;
}

static int run(const struct settings *settings, int device)
{
	struct sd_event *loop = loop_open();
	int status = EXIT_FAILURE;

	if (!loop)
		return EXIT_FAILURE;
	if (settings->stop_stat)
		damon_stop_stat();
	if (settings->damon ? !watch_begin(loop, device) :
			      !serve_begin(loop, device))
		status = loop_run(loop);
	if (settings->damon)
		watch_end();
	loop_close(loop);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings = { .device = HMT_DEVICE };
	int status = parse_options(argc, argv, &settings), device;

	if (status >= 0)
		return status;
	device = open_for(&settings, &status);
	if (device < 0)
		return status;
	if (!settings.foreground && leave_terminal())
		return EXIT_FAILURE;
	status = run(&settings, device);
	close(device);
	return status;
}
