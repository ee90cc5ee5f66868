/* SPDX-License-Identifier: GPL-2.0 */
/* Exhaustive models: what is counted, and how a violation ends the run. */
#ifndef _HMT_MODEL_H
#define _HMT_MODEL_H

#include <stdio.h>
#include <stdlib.h>

/* Number of states in which the assertions were checked. */
static unsigned long states;

#define check(condition, ...)						\
	do {								\
		if (!(condition)) {					\
			printf("not ok 1 - %s\n# " __FILE__ ":%d: ",	\
			       #condition, __LINE__);			\
			printf(__VA_ARGS__);				\
			printf("\n1..1\n");				\
			exit(1);					\
		}							\
	} while (0)

/* End a run; a model with less than @least states has checked nothing. */
static inline void finish(const char *name, unsigned long least)
{
	check(states >= least, "%lu states of at least %lu", states, least);
	printf("ok 1 - %s, %lu states\n1..1\n", name, states);
}

#endif /* _HMT_MODEL_H */
