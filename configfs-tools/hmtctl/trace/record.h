/* SPDX-License-Identifier: GPL-2.0 */
/* The file of a recording. */
#ifndef HMTCTL_RECORD_H
#define HMTCTL_RECORD_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct heat_record - a recording in progress
 * @out: its file
 * @path: path that the file gets, or has
 * @beside: path until the recording is complete, NULL for a device, a FIFO and
 *	standard output, which are written at once
 */
struct heat_record {
	FILE *out;
	char *path;
	char *beside;
};

/*
 * These print a message on failure and return an enum result. @from is the file
 * that the recording is made from, NULL for none: it must be another one.
 */
int heat_record_open(struct heat_record *record, const char *path, FILE *from);
/* End a recording: keep it, or leave the older file. */
int heat_record_close(struct heat_record *record, bool keep);

#endif
