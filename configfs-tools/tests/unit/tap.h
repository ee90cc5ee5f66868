/* SPDX-License-Identifier: GPL-2.0 */
/* Results of a test in TAP. */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdbool.h>
#include <stdio.h>

static unsigned int number;
static unsigned int failures;

static void ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, text);
	failures += !good;
}

/* Print the plan. Returns the exit status of the test. */
static int end_of_tests(void)
{
	printf("1..%u\n", number);
	return failures > 0;
}

#endif
