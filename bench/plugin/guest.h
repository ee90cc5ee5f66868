/* SPDX-License-Identifier: GPL-2.0 */
/* State of the guest: registers, virtual and physical memory. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of QEMU's interface for debuggers, 7.2. */
enum guest_register {
	GUEST_RDX = 3,
	GUEST_RSI = 4,
	GUEST_RDI = 5,
	GUEST_RSP = 7,
	GUEST_CR3 = 29,
};

/*
 * Return a register. Valid at the start of a block only, because within one
 * registers may be in registers of the host.
 */
uint64_t guest_register(enum guest_register number);
/* Read virtual memory of the current address space, false: it is not mapped. */
bool guest_read(uint64_t addr, void *to, size_t bytes);
/* Read a string and end it. Bytes that are not mapped are 0. */
void guest_read_string(uint64_t addr, char *to, size_t bytes);
void guest_read_physical(uint64_t addr, void *to, size_t bytes);
/* Return the host address of physical memory, 0: it is not RAM. */
uintptr_t guest_host_address(uint64_t physical);

#endif
