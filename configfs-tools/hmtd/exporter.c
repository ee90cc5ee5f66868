// SPDX-License-Identifier: GPL-2.0
/*
 * The exporter is a process of its own, so that no client, and no directory that
 * hangs, can hold up the mover. It reads attributes only.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "../metrics/metrics.h"
#include "client.h"
#include "exporter.h"
#include "listen.h"
#include "log.h"
#include "loop.h"

/* Time for which clients get the same text, ns: they may ask all the time. */
#define FRESH_NS	1000000000

static struct exporter_settings settings;
static int root = -1;
static bool wrote;
static int listening = -1;

/* Text in one format and the time at which it was made. */
static struct rendered {
	char *text;
	size_t length;
	uint64_t when_ns;
} rendered[METRICS_PROMETHEUS + 1];

static uint64_t export_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Make the text anew; return false without memory. */
static bool render(struct rendered *fresh, enum metrics_format format)
{
	FILE *out;

	free(fresh->text);
	fresh->text = NULL;
	out = open_memstream(&fresh->text, &fresh->length);
	if (!out)
		return false;
	metrics_write(root, format, out);
	if (ferror(out) | fclose(out)) {
		free(fresh->text);
		fresh->text = NULL;
	}
	fresh->when_ns = export_time_ns();
	return fresh->text;
}

static const char *text_for_client(bool openmetrics, size_t *length)
{
	enum metrics_format format = openmetrics ? METRICS_OPENMETRICS :
						   METRICS_PROMETHEUS;
	struct rendered *text = &rendered[format];

	if ((!text->text || export_time_ns() - text->when_ns > FRESH_NS) &&
	    !render(text, format))
		return NULL;
	*length = text->length;
	return text->text;
}

/* Write the new file; return 0 or -1 and errno. */
static int write_new(const char *fresh, const struct rendered *text)
{
	FILE *out = fopen(fresh, "we");

	if (!out)
		return -1;
	fwrite(text->text, 1, text->length, out);
	if (!ferror(out) && !fchmod(fileno(out), 0644))
		return fclose(out);
	fclose(out);
	errno = EIO;
	return -1;
}

/*
 * Replace the file as a whole, so that no reader sees half of it. The name of the
 * new one does not end with ".prom": node_exporter does not read it.
 */
static int replace_textfile(void)
{
	static bool failed;
	char fresh[PATH_MAX];
	struct rendered *text = &rendered[METRICS_PROMETHEUS];
	bool bad = true;

	snprintf(fresh, sizeof(fresh), "%s.%d", settings.textfile, getpid());
	errno = ENOMEM;
	if (render(text, METRICS_PROMETHEUS) && !write_new(fresh, text))
		bad = rename(fresh, settings.textfile);
	if (bad && !failed)
		log_error("'--textfile=%.100s': %s%s", settings.textfile,
			  strerror(errno),
			  wrote ? "; hmtd tries again" : "");
	if (bad)
		unlink(fresh);
	failed = bad;
	return bad ? -1 : 0;
}

static int on_interval(sd_event_source *source, uint64_t due, void *arg)
{
	int error;

	(void)due;
	(void)arg;
	replace_textfile();
	error = sd_event_source_set_time_relative(source, settings.interval *
							  1000000ULL);
	return error < 0 ? error :
	       sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int begin_file(struct sd_event *loop)
{
	int error;

	if (*settings.textfile != '/' ||
	    strlen(settings.textfile) > PATH_MAX - 100) {
		log_error("'--textfile=%.100s': not an absolute path of at most %d bytes",
			  settings.textfile, PATH_MAX - 100);
		return EXIT_USAGE;
	}
	if (replace_textfile())
		return EXIT_FAILURE;
	wrote = true;
	error = sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC,
					   settings.interval * 1000000ULL, 0,
					   on_interval, NULL);
	if (error >= 0)
		return 0;
	log_error("cannot wait for events: %s", strerror(-error));
	return EXIT_FAILURE;
}

static int begin_socket(struct sd_event *loop)
{
	int status = EXIT_FAILURE, error;

	listening = listen_at(settings.listen, &status);
	if (listening < 0)
		return status;
	error = clients_begin(loop, listening, text_for_client);
	if (error >= 0)
		return 0;
	log_error("cannot wait for events: %s", strerror(-error));
	return EXIT_FAILURE;
}

int exporter_begin(struct sd_event *loop, const struct exporter_settings *where)
{
	int status = 0;

	settings = *where;
	root = open(settings.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		log_error("'--root=%.100s': %s", settings.root,
			  strerror(errno));
		return EXIT_USAGE;
	}
	if (settings.listen)
		status = begin_socket(loop);
	if (!status && settings.textfile)
		status = begin_file(loop);
	return status;
}

void exporter_end(void)
{
	size_t i;

	clients_end();
	if (listening >= 0) {
		close(listening);
		listen_remove(settings.listen);
	}
	if (wrote)
		unlink(settings.textfile);
	for (i = 0; i < sizeof(rendered) / sizeof(*rendered); i++)
		free(rendered[i].text);
	if (root >= 0)
		close(root);
}
