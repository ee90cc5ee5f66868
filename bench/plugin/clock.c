// SPDX-License-Identifier: GPL-2.0
/* The guest's clock. */
#include "clock.h"
#include "qemu.h"

/* QEMU 7.2, struct TimersState: qemu_icount_bias and qemu_icount. */
#define ICOUNT_BIAS	40
#define ICOUNT		64

uint64_t clock_instructions[2];

static unsigned int credit_ps, quantum;
static uint64_t stall_ps, added_ns, dropped_ns, started;

static int64_t *field(unsigned int offset)
{
	return (int64_t *)(timers_state + offset);
}

void clock_init(unsigned int instruction_ps, unsigned int quantum_ns)
{
	credit_ps = 1000 - instruction_ps;
	quantum = quantum_ns;
}

static uint64_t all_instructions(void)
{
	return clock_instructions[0] + clock_instructions[1];
}

void clock_start(void)
{
	started = all_instructions();
	stall_ps = added_ns * 1000;
	dropped_ns = 0;
}

/* Return the time by which the clock is late, negative: it is early. */
static int64_t late_ns(void)
{
	uint64_t credit = (all_instructions() - started) * credit_ps;

	return ((int64_t)stall_ps - (int64_t)credit) / 1000 -
	       (int64_t)added_ns + (int64_t)dropped_ns;
}

static void drop_credit(int64_t late)
{
	if (late < -CLOCK_CREDIT_NS)
		dropped_ns += -CLOCK_CREDIT_NS - late;
}

void clock_charge(uint64_t ps)
{
	int64_t late;

	stall_ps += ps;
	late = late_ns();
	drop_credit(late);
	if (late < (int64_t)quantum || !quantum)
		return;
	__atomic_fetch_add(field(ICOUNT_BIAS), late, __ATOMIC_SEQ_CST);
	added_ns += late;
	/* Let timers that are due now fire. */
	cpu_exit(qemu_get_cpu(0));
}

void clock_charge_now(uint64_t ns)
{
	stall_ps += ns * 1000;
	__atomic_fetch_add(field(ICOUNT_BIAS), ns, __ATOMIC_SEQ_CST);
	added_ns += ns;
	cpu_exit(qemu_get_cpu(0));
}

struct times clock_read(void)
{
	struct times times;
	int64_t bias;

	drop_credit(late_ns());
	/* Without it, the instructions since the last timer are missing. */
	icount_update(qemu_get_cpu(0));
	bias = __atomic_load_n(field(ICOUNT_BIAS), __ATOMIC_SEQ_CST);
	times = (struct times) {
		.instructions = { clock_instructions[0], clock_instructions[1] },
		.executed = *field(ICOUNT),
		.stall_ps = stall_ps,
		/* QEMU skips idle time by moving the clock. */
		.idle_ns = bias - added_ns,
		.clock_ns = *field(ICOUNT) + bias,
		.dropped_ns = dropped_ns,
	};
	return times;
}
