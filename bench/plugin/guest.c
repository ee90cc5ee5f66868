// SPDX-License-Identifier: GPL-2.0
/* State of the guest, by functions of QEMU that are made for debuggers. */
#include <string.h>
#include "guest.h"
#include "qemu.h"

#define PAGE_BYTES	4096UL

uint64_t guest_register(enum guest_register number)
{
	static struct byte_array *array;
	uint64_t value = 0;

	if (!array)
		array = g_byte_array_sized_new(16);
	g_byte_array_set_size(array, 0);
	if (x86_cpu_gdb_read_register(qemu_get_cpu(0), array, number) == 8)
		memcpy(&value, array->data, sizeof(value));
	return value;
}

bool guest_read(uint64_t addr, void *to, size_t bytes)
{
	return !cpu_memory_rw_debug(qemu_get_cpu(0), addr, to, bytes, false);
}

void guest_read_string(uint64_t addr, char *to, size_t bytes)
{
	/* The next page may not be mapped. */
	size_t first = PAGE_BYTES - (addr & (PAGE_BYTES - 1));

	memset(to, 0, bytes);
	if (first >= bytes) {
		guest_read(addr, to, bytes - 1);
		return;
	}
	if (guest_read(addr, to, first))
		guest_read(addr + first, to + first, bytes - 1 - first);
}

void guest_read_physical(uint64_t addr, void *to, size_t bytes)
{
	cpu_physical_memory_rw(addr, to, bytes, false);
}

uintptr_t guest_host_address(uint64_t physical)
{
	uint64_t bytes = PAGE_BYTES;
	void *at = cpu_physical_memory_map(physical, &bytes, false);

	if (!at)
		return 0;
	cpu_physical_memory_unmap(at, bytes, false, 0);
	return (uintptr_t)at;
}
