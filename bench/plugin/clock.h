/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's clock under -icount shift=0: one instruction is one ns, and what
 * is charged here is added.
 *
 * An instruction costs less in the price list. As the clock cannot run slower,
 * the difference is a credit: later stalls are not added until it is used up. A
 * credit above CLOCK_CREDIT_NS is dropped, as the guest's timers would otherwise
 * be late for long after much work of the kernel; the clock is ahead then.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

#define CLOCK_CREDIT_NS	10000000

/**
 * struct times - counts since the start
 * @instructions: of user mode and of the kernel, counted by block
 * @executed: instructions by QEMU's count
 * @stall_ps: charged
 * @idle_ns: no task was ready
 * @clock_ns: guest's clock
 * @dropped_ns: credit that was dropped
 */
struct times {
	uint64_t instructions[2];
	uint64_t executed;
	uint64_t stall_ps;
	uint64_t idle_ns;
	uint64_t clock_ns;
	uint64_t dropped_ns;
};

/* Instructions of user mode and of the kernel; blocks add to them. */
extern uint64_t clock_instructions[2];

/*
 * Add @ps to the guest's clock, in steps of at least @quantum ns. Not atomic:
 * with -icount, QEMU runs all CPUs in one thread.
 */
void clock_charge(uint64_t ps);
/* Add @ns at once, whatever the credit: the guest measures this time. */
void clock_charge_now(uint64_t ns);
void clock_init(unsigned int instruction_ps, unsigned int quantum_ns);
/* Drop the credit of all instructions until now. */
void clock_start(void);
/* Return the counts until now. */
struct times clock_read(void);

#endif
