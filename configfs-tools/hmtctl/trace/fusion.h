/* SPDX-License-Identifier: GPL-2.0 */
/* Heat computed from recorded evidence, with other weights or another decay. */
#ifndef HMTCTL_FUSION_H
#define HMTCTL_FUSION_H

#include <stdint.h>

#include "trace/heattrace.h"

struct fusion;

/*
 * Create a fusion in which a sample takes 1/@decay of the heat. Providers that
 * are not among the @count @weights keep their recorded weights. @weights must
 * outlive the fusion.
 */
struct fusion *fusion_new(unsigned int decay,
			  const struct trace_provider *weights, size_t count);

/*
 * Add the evidence of a pass with the arithmetic of the kernel. The first pass,
 * and the first one after a restart of the workload, provide the initial heat
 * only. Returns NULL, or a text about missing data of the trace.
 */
const char *fusion_pass(struct fusion *fusion, const struct trace_pass *pass);

/*
 * Return the heat of the page at @addr and of the pages after it, up to the end
 * of its 2 MiB.
 */
const uint8_t *fusion_heat(const struct fusion *fusion, int pid, uint64_t addr);

void fusion_free(struct fusion *fusion);

#endif
