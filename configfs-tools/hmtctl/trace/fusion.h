/* SPDX-License-Identifier: GPL-2.0 */
/* Heat made anew from recorded evidence, with other weights or another decay. */
#ifndef HMTCTL_FUSION_H
#define HMTCTL_FUSION_H

#include <stdint.h>

#include "trace/heattrace.h"

struct fusion;

/*
 * A sample takes one part in @decay. Providers that are not among the @count of
 * @weights keep the weight that was recorded. @weights outlive the fusion.
 */
struct fusion *fusion_new(unsigned int decay,
			  const struct trace_provider *weights, size_t count);

/*
 * Add the evidence of a pass, by the arithmetic of the kernel. The first one and
 * one of a workload that began anew only give the heat to begin with. Returns
 * NULL, or what the trace lacks.
 */
const char *fusion_pass(struct fusion *fusion, const struct trace_pass *pass);

/* Heat of the page at @addr, and of those behind it up to the end of 2 MiB. */
const uint8_t *fusion_heat(const struct fusion *fusion, int pid, uint64_t addr);

void fusion_free(struct fusion *fusion);

#endif
