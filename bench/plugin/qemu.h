/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of QEMU's plugin interface (version 1, QEMU 6.0 to 8.1) that the
 * memory model uses, and functions of QEMU itself. Debian 12 packages no header
 * for plugins.
 */
#ifndef BENCH_QEMU_H
#define BENCH_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_EXPORT	__attribute__((visibility("default")))

enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };
enum { QEMU_PLUGIN_INLINE_ADD_U64 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;

/* Description of the machine. */
struct qemu_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
};

/*
 * Opaque to plugins. The host address identifies a RAM block. The result of
 * qemu_plugin_hwaddr_phys_addr() of QEMU 7.2 does not, because it adds offsets
 * of two kinds. With another layout, the checks of report.py fail.
 */
struct qemu_plugin_hwaddr {
	bool is_io;
	bool is_store;
	union {
		struct {
			void *section;
			uint64_t offset;
		} io;
		struct {
			uintptr_t host;
		} ram;
	};
};

typedef void (*qemu_trans_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*qemu_exec_cb)(unsigned int cpu, void *data);
typedef void (*qemu_mem_cb)(unsigned int cpu, uint32_t info, uint64_t addr,
			    void *data);
typedef void (*qemu_exit_cb)(uint64_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, qemu_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  qemu_exec_cb cb, int flags,
					  void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *counter, uint64_t value);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      qemu_mem_cb cb, int flags, int rw,
				      void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, qemu_exit_cb cb, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
bool qemu_plugin_mem_is_store(uint32_t info);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t addr);

/* Entry point of the plugin. */
int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv) QEMU_EXPORT;

/* Not for plugins; weak, so that the model can detect a QEMU without them. */
#define QEMU_INTERNAL	__attribute__((weak))

/* GByteArray of GLib. */
struct byte_array {
	uint8_t *data;
	unsigned int len;
};

extern char timers_state[] QEMU_INTERNAL;
void *qemu_get_cpu(int index) QEMU_INTERNAL;
void cpu_exit(void *cpu) QEMU_INTERNAL;
void icount_update(void *cpu) QEMU_INTERNAL;
void tb_flush(void *cpu) QEMU_INTERNAL;
int x86_cpu_gdb_read_register(void *cpu, struct byte_array *to,
			      int number) QEMU_INTERNAL;
int cpu_memory_rw_debug(void *cpu, uint64_t addr, void *to, uint64_t bytes,
			bool is_write) QEMU_INTERNAL;
void cpu_physical_memory_rw(uint64_t addr, void *to, uint64_t bytes,
			    bool is_write) QEMU_INTERNAL;
void *cpu_physical_memory_map(uint64_t addr, uint64_t *bytes,
			      bool is_write) QEMU_INTERNAL;
void cpu_physical_memory_unmap(void *at, uint64_t bytes, bool is_write,
			       uint64_t accessed) QEMU_INTERNAL;
void *qemu_ram_block_by_name(const char *name) QEMU_INTERNAL;
void *qemu_ram_get_host_addr(void *block) QEMU_INTERNAL;
uint64_t qemu_ram_get_used_length(void *block) QEMU_INTERNAL;
struct byte_array *g_byte_array_sized_new(unsigned int bytes) QEMU_INTERNAL;
struct byte_array *g_byte_array_set_size(struct byte_array *array,
					 unsigned int bytes) QEMU_INTERNAL;

#endif
