// SPDX-License-Identifier: GPL-2.0
/*
 * Memory model: a QEMU plugin that simulates TLB and cache for the accesses of
 * a program to its data and charges the latency of the memory that holds the
 * page. With -icount the latency is added to the guest's clock, so that guest
 * time is the time of all instructions plus the modelled memory time.
 *
 * config.c has its arguments.
 *
 * The guest has one CPU. Data outside of the range of MARK_RANGE costs its
 * instructions only.
 */
#include <stdio.h>
#include <string.h>
#include "access.h"
#include "causes.h"
#include "clock.h"
#include "config.h"
#include "cost.h"
#include "guest.h"
#include "markers.h"
#include "marks.h"
#include "qemu.h"
#include "space.h"
#include "watched.h"

#define USER_END	(1ULL << 47)

QEMU_EXPORT int qemu_plugin_version = 1;

static void mark(unsigned int cpu, void *data)
{
	marks_run((uintptr_t)data);
}

static void watch_access(unsigned int index, uint32_t info, uint64_t addr,
			 void *data)
{
	size_t page;
	int space;

	if (!marks_started)
		return;
	page = map_find(&map, addr);
	if (page >= map.pages)
		return;
	space = space_now();
	if (space < 0 || !marks_end_slice())
		return;
	space_read_if_due();
	access_line(page, space, info, addr);
}

/* The kernel copies for a program, 8 bytes at a time: a line is one access. */
static void watch_copy(unsigned int index, uint32_t info, uint64_t addr,
		       void *data)
{
	static uint64_t last[2];
	bool store = qemu_plugin_mem_is_store(info);

	if (addr >> ACCESS_LINE_SHIFT == last[store])
		return;
	last[store] = addr >> ACCESS_LINE_SHIFT;
	watch_access(index, info, addr, data);
}

static void watch_chase(unsigned int index, uint32_t info, uint64_t addr,
			void *data)
{
	if (marks_started && !qemu_plugin_mem_is_store(info))
		access_chase(info, addr);
}

static void switch_task(unsigned int cpu, void *data)
{
	space_switch(marks_started);
}

static void hooked(unsigned int cpu, void *data)
{
	unsigned int kinds = (uintptr_t)data & 0xff;
	unsigned int index = (uintptr_t)data >> 8;
	bool changed = false;

	if (!marks_started)
		return;
	/* The return address was removed from the stack. */
	if (kinds & HOOK_RETURN)
		changed = causes_return(guest_register(GUEST_RSP) - 8);
	if (kinds & HOOK_ENTER)
		causes_enter(index, guest_register(GUEST_RSP));
	else if (kinds & HOOK_LEAVE)
		changed |= causes_leave(index);
	else if (kinds & HOOK_ENTRY)
		causes_enter_kernel(index);
	else if (kinds & HOOK_EXIT)
		causes_exit_kernel();
	/* The program itself looked at its pages, or moved some. */
	if (changed)
		space_changed_map();
}

/*
 * Translation.
 */

/* Return the code of a marker, 0 for any other instruction. */
static unsigned int marker_code(const struct qemu_plugin_insn *insn)
{
	const uint8_t *byte = qemu_plugin_insn_data(insn);
	uint32_t word;

	if (qemu_plugin_insn_size(insn) != 7 || byte[0] != 0x0f ||
	    byte[1] != 0x1f || byte[2] != 0x80)
		return 0;
	memcpy(&word, byte + 3, sizeof(word));
	return (word & 0xffff0000) == MARK_MAGIC ? word & 0xffff : 0;
}

static void watch_block(const struct qemu_plugin_tb *tb, size_t count,
			void (*watch)(unsigned int, uint32_t, uint64_t, void *))
{
	size_t i;

	for (i = 0; i < count; i++)
		/* One callback, because QEMU 7.2 confuses loads and stores. */
		qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i),
						 watch, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
}

static void translate_user(struct qemu_plugin_tb *tb, uint64_t pc, size_t count)
{
	uintptr_t code = marker_code(qemu_plugin_tb_get_insn(tb, 0));

	if (code)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, mark,
						     QEMU_PLUGIN_CB_NO_REGS,
						     (void *)code);
	if (marks_watched && pc >= config.text_low && pc < config.text_high &&
	    (pc < config.client_low || pc >= config.client_high))
		watch_block(tb, count, watch_access);
}

static void translate_kernel(struct qemu_plugin_tb *tb, uint64_t pc,
			     size_t count)
{
	const struct qemu_plugin_insn *last =
		qemu_plugin_tb_get_insn(tb, count - 1);
	unsigned int index;
	uintptr_t kinds = causes_hook(pc, qemu_plugin_insn_data(last),
				      qemu_plugin_insn_size(last), &index);
	enum watched watched = watched_kind(pc);

	if (marks_watched && watched == WATCHED_COPY)
		watch_block(tb, count, watch_copy);
	else if (watched == WATCHED_CHASE)
		watch_block(tb, count, watch_chase);
	if (kinds == HOOK_SWITCH)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, switch_task,
						     QEMU_PLUGIN_CB_NO_REGS,
						     NULL);
	else if (kinds != HOOK_NONE)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, hooked,
						     QEMU_PLUGIN_CB_NO_REGS,
						     (void *)(kinds | (uintptr_t)index << 8));
}

static void translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb);
	size_t count = qemu_plugin_tb_n_insns(tb);

	if (pc < USER_END)
		translate_user(tb, pc, count);
	else
		translate_kernel(tb, pc, count);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &clock_instructions[pc >= USER_END],
						 count);
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "memory model: %s: %s\n", what, why);
	return -1;
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	const char *error;
	int i;

	if (!info->system_emulation || !timers_state || !qemu_get_cpu ||
	    !cpu_exit || !icount_update || !tb_flush ||
	    !x86_cpu_gdb_read_register || !cpu_memory_rw_debug ||
	    !cpu_physical_memory_rw || !cpu_physical_memory_map ||
	    !cpu_physical_memory_unmap || !qemu_ram_block_by_name ||
	    !qemu_ram_get_host_addr || !qemu_ram_get_used_length)
		return refuse("this QEMU", "lacks functions of QEMU 7.2");
	for (i = 0; i < argc; i++)
		if (!config_parse(argv[i]))
			return refuse(argv[i], "invalid argument");
	if (info->system.max_vcpus != 1)
		return refuse("guest", "it needs exactly one CPU");
	if (!map_memories() || !config.text_high || !config.out)
		return refuse("arguments", "memory, text and out are needed");
	error = access_init();
	if (error)
		return refuse("arguments", error);
	causes_init();
	cost_init();
	clock_init(config.prices.instruction_ps, config.quantum);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
