// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include "fail.h"

void fail(const char *why)
{
	fprintf(stderr, "memory model: %s\n", why);
	exit(1);
}
