/* SPDX-License-Identifier: GPL-2.0 */
/* The exporter: metrics in a file, and for clients of HTTP. */
#ifndef HMTD_EXPORTER_H
#define HMTD_EXPORTER_H

struct sd_event;

/* Longest and default time between two texts of the file, s. */
#define EXPORTER_INTERVAL_MAX	3600
#define EXPORTER_INTERVAL	15

/**
 * struct exporter_settings - where the metrics go
 * @root: directory that stands in for "/"
 * @textfile: path of the file, or NULL
 * @listen: "unix:PATH", "ADDRESS:PORT" or NULL
 * @interval: time between two texts of the file, s
 */
struct exporter_settings {
	const char *root;
	const char *textfile;
	const char *listen;
	unsigned int interval;
};

/*
 * Check @settings, write the first file and listen. Return 0, or an exit status
 * after a message.
 */
int exporter_begin(struct sd_event *loop,
		   const struct exporter_settings *settings);

/* Remove the file and the socket: numbers of the past would look present. */
void exporter_end(void);

#endif
