/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the kernel that copy for programs. */
#ifndef BENCH_COPIER_H
#define BENCH_COPIER_H

#include <stdbool.h>
#include <stdint.h>

/* Add a function at [@start, @end). */
void copier_add(uint64_t start, uint64_t end);
/* Check whether code belongs to one. */
bool copier_has(uint64_t pc);

#endif
