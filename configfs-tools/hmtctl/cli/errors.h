/* SPDX-License-Identifier: GPL-2.0 */
/* Exit codes and one-line messages on standard error. */
#ifndef HMTCTL_ERRORS_H
#define HMTCTL_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum result - result of a command: the exit codes of hmtctl(1)
 * @RESULT_OK: done
 * @RESULT_REFUSED: the kernel or the system refused
 * @RESULT_USAGE: the command line is wrong
 * @RESULT_NO_OBJECT: a tier, workload, memory or module does not exist
 * @RESULT_NOT_LOADED: the hmt module is not loaded
 * @RESULT_NO_MEMORY: a saved configuration names memories that are missing, and
 *	nothing else is missing; 5 and 6 are results of "hmtctl status"
 */
enum result {
	RESULT_OK = 0,
	RESULT_REFUSED = 1,
	RESULT_USAGE = 2,
	RESULT_NO_OBJECT = 3,
	RESULT_NOT_LOADED = 4,
	RESULT_NO_MEMORY = 7,
};

/*
 * Version of the JSON output. It changes when a member is removed or changes its
 * meaning; members can be added at any time.
 */
#define OUTPUT_SCHEMA	1

/**
 * struct remedy - message for an errno
 * @error: the errno; 0 ends a list
 * @text: its meaning in the context and the remedy
 */
struct remedy {
	int error;
	const char *text;
};

/*
 * Print "hmtctl: ..." as one line, or an object with the same as "message" and
 * @code as "status"; return @code.
 */
int fail(enum result code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Print messages as JSON from now on, for a command that prints JSON. */
void errors_json(bool json);
/* Check whether --json was given. */
bool json_wanted(void);

/* Suppress the messages of fail(), or print them again. */
void errors_mute(bool mute);

/* Return the text for @error in @remedies (may be NULL), or NULL. */
const char *find_remedy(int error, const struct remedy *remedies);

/* As find_remedy(), or a general text. */
const char *explain(int error, const struct remedy *remedies);

#endif
