// SPDX-License-Identifier: GPL-2.0
/*
 * hmtd: moves pages that the modules of HMT cannot move themselves, with
 * move_pages(2). With --damon it is the provider "damon" instead: a process of
 * its own, because it needs other privileges, and DAMON's sysfs can block. With
 * --metrics it is the exporter. All have no state: they can be killed and
 * restarted at any time.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "damon.h"
#include "exporter.h"
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
	"      --metrics        export metrics instead\n"
	"      --listen=WHERE   with --metrics: serve HTTP at unix:PATH, or at an\n"
	"                       address and a port such as 127.0.0.1:9977\n"
	"      --textfile=FILE  with --metrics: write FILE for node_exporter\n"
	"      --interval=SECONDS\n"
	"                       between two texts of FILE, default 15\n"
	"      --root=DIR       with --metrics: read DIR instead of /\n"
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
 * @metrics: export metrics instead
 * @exporter: options of the exporter
 * @of_exporter: one of them was given, or NULL
 */
struct settings {
	const char *device;
	bool foreground;
	bool damon;
	bool stop_stat;
	bool metrics;
	struct exporter_settings exporter;
	const char *of_exporter;
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
	else if (optopt && !strchr("fDSvdhVMLTIR", optopt))
		log_error("'-%c': unknown option; see hmtd --help", optopt);
	else
		log_error("'%.100s': unknown option, or its value is not allowed; see hmtd --help",
			  argv[optind - 1]);
	return EXIT_USAGE;
}

/* Parse the argument of --interval; return an exit status, or -1 to continue. */
static int parse_interval(const char *text, unsigned int *interval)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && number &&
	    number <= EXPORTER_INTERVAL_MAX) {
		*interval = number;
		return -1;
	}
	log_error("'--interval=%.40s': not a number of seconds from 1 to %d",
		  text, EXPORTER_INTERVAL_MAX);
	return EXIT_USAGE;
}

/* Take an option of the exporter; return an exit status, or -1 to continue. */
static int take_exporter_option(int option, const char *value,
				struct settings *settings)
{
	switch (option) {
	case 'L':
		settings->of_exporter = "--listen";
		settings->exporter.listen = value;
		return -1;
	case 'T':
		settings->of_exporter = "--textfile";
		settings->exporter.textfile = value;
		return -1;
	case 'R':
		settings->of_exporter = "--root";
		settings->exporter.root = value;
		return -1;
	default:
		settings->of_exporter = "--interval";
		return parse_interval(value, &settings->exporter.interval);
	}
}

/* Check that the options fit together; return an exit status, or -1. */
static int check_options(const struct settings *settings)
{
	if (settings->stop_stat && !settings->damon)
		log_error("'--stop-damon-stat': is for --damon only");
	else if (settings->of_exporter && !settings->metrics)
		log_error("'%s': is for --metrics only",
			  settings->of_exporter);
	else if (settings->metrics && settings->damon)
		log_error("'--metrics' and '--damon': start a process for each");
	else if (settings->metrics && !settings->exporter.listen &&
		 !settings->exporter.textfile)
		log_error("'--metrics': --listen or --textfile is missing");
	else
		return -1;
	return EXIT_USAGE;
}

/* Parse the command line; return the exit status, or -1 to continue. */
static int parse_options(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "damon", no_argument, NULL, 'D' },
		{ "stop-damon-stat", no_argument, NULL, 'S' },
		{ "metrics", no_argument, NULL, 'M' },
		{ "listen", required_argument, NULL, 'L' },
		{ "textfile", required_argument, NULL, 'T' },
		{ "interval", required_argument, NULL, 'I' },
		{ "root", required_argument, NULL, 'R' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "device", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	int option, status;

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
		case 'M':
			settings->metrics = true;
			break;
		case 'L':
		case 'T':
		case 'I':
		case 'R':
			status = take_exporter_option(option, optarg,
						      settings);
			if (status >= 0)
				return status;
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
	if (optind == argc)
		return check_options(settings);
	log_error("'%.100s': hmtd has no operands, only options", argv[optind]);
	return EXIT_USAGE;
}

/* Open the device; return a descriptor, or -1 and an exit status. */
static int open_for(const struct settings *settings, int *status)
{
	if (settings->metrics)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
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

/* Add what the process has to do; return 0, or an exit status. */
static int begin(const struct settings *settings, struct sd_event *loop,
		 int device)
{
	if (settings->metrics)
		return exporter_begin(loop, &settings->exporter);
	if (settings->stop_stat)
		damon_stop_stat();
	return (settings->damon ? watch_begin(loop, device) :
				  serve_begin(loop, device)) ?
		       EXIT_FAILURE :
		       EXIT_SUCCESS;
}

static int run(const struct settings *settings, int device)
{
	struct sd_event *loop = loop_open();
	int status;

	if (!loop)
		return EXIT_FAILURE;
	status = begin(settings, loop, device);
	if (!status)
		status = loop_run(loop);
	if (settings->damon)
		watch_end();
	if (settings->metrics)
		exporter_end();
	loop_close(loop);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.device = HMT_DEVICE,
		.exporter = { .root = "/", .interval = EXPORTER_INTERVAL },
	};
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
