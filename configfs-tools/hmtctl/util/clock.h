/* SPDX-License-Identifier: GPL-2.0 */
/* The monotonic clock. */
#ifndef HMTCTL_CLOCK_H
#define HMTCTL_CLOCK_H

#include <stdint.h>

/* Return the time in seconds, or in milliseconds. */
double seconds_now(void);
uint64_t ms_now(void);

#endif
