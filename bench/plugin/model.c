// SPDX-License-Identifier: GPL-2.0
/*
 * Memory model: a QEMU plugin that simulates a cache for the user-mode accesses
 * of selected programs and charges the latency of the memory that contains the
 * page. With -icount the latency is added to the guest's clock, so that guest
 * time is the time of all instructions plus the modelled memory time.
 *
 * Arguments, each key=value:
 *   memory=BLOCK:LOAD:STORE  RAM block of QEMU ("ram0") and its latencies in
 *                            ns; once for each memory, numbered in this order
 *   text=LOW-HIGH            code addresses of a program to be watched; once
 *                            for each program, numbered in this order
 *   cache=KIB:WAYS:NS        last-level cache and latency of a hit; default
 *                            1024:16:10, 0:1:0 for none
 *   quantum=NS               step in which the guest's clock is charged;
 *                            default 0: count only
 *   out=FILE                 output file, one line of JSON for each phase
 *   pages=FILE               file that is written after each phase: the lowest
 *                            counted address (8 bytes), then the number of
 *                            cache misses (4 bytes) of each page from there, of
 *                            all phases with the same address range
 *
 * Each CPU has a cache, which is virtually indexed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "markers.h"
#include "qemu.h"

#define MEMORIES_MAX	8
#define PROGRAMS_MAX	4
#define CPUS_MAX	16
#define LINE_SHIFT	6
#define PAGE_SHIFT	12
#define USER_END	(1ULL << 47)

/* QEMU 7.2, struct TimersState: qemu_icount_bias. */
#define ICOUNT_BIAS	40

QEMU_EXPORT int qemu_plugin_version = 1;

struct memory {
	char block[64];
	unsigned int ns[2];	/* load, store */
	uintptr_t start;
	uintptr_t end;
};

struct program {
	uint64_t low;
	uint64_t high;
};

/* Counts of one program on one CPU. */
struct counts {
	uint64_t accesses[2];
	uint64_t hits;
	uint64_t fills[MEMORIES_MAX][2];
	uint64_t unknown;	/* I/O, or RAM that is not a memory argument */
};

struct cpu {
	struct counts counts[PROGRAMS_MAX];
	uint64_t *tags;		/* sets of ways, in LRU order; 0: empty */
} __attribute__((aligned(128)));

static struct memory memories[MEMORIES_MAX];
static unsigned int nr_memories;
static struct program programs[PROGRAMS_MAX];
static unsigned int nr_programs;
static struct cpu cpus[CPUS_MAX];
static unsigned int nr_cpus;
static unsigned int cache_kib = 1024, cache_ways = 16, cache_sets, hit_ns = 10;
static unsigned int quantum;
static uint64_t low, high = USER_END;
static bool active;
/* Not atomic: with -icount, QEMU runs all CPUs in one thread. */
static uint64_t pending, charged;
static uint64_t instructions[2], begun[2];	/* user, kernel */
static unsigned int phases;
static FILE *out;
static const char *pages_path;
static uint64_t pages_low, nr_pages;
static uint32_t *pages;

/* Add latency to the guest's clock when a quantum is complete. */
static void charge(unsigned int cpu, unsigned int ns)
{
	pending += ns;
	charged += ns;
	if (!quantum || pending < quantum)
		return;
	__atomic_fetch_add((int64_t *)(timers_state + ICOUNT_BIAS),
			   (int64_t)pending, __ATOMIC_SEQ_CST);
	pending = 0;
	/* Let timers that are due now fire. */
	cpu_exit(qemu_get_cpu(cpu));
}

static int find_memory(uint32_t info, uint64_t addr)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, addr);
	unsigned int i;

	if (!hw || hw->is_io)
		return -1;
	for (i = 0; i < nr_memories; i++)
		if (hw->ram.host >= memories[i].start &&
		    hw->ram.host < memories[i].end)
			return i;
	return -1;
}

/* Look up a line, make it the most recently used; return true on a hit. */
static bool cache_access(uint64_t *tags, uint64_t tag)
{
	unsigned int i, last = cache_ways - 1;

	for (i = 0; i < last; i++)
		if (tags[i] == tag)
			break;
	last = i;
	if (tags[last] == tag && !last)
		return true;
	i = tags[last] == tag;
	memmove(tags + 1, tags, last * sizeof(*tags));
	tags[0] = tag;
	return i;
}

static bool cached(struct cpu *cpu, unsigned int program, uint64_t addr)
{
	uint64_t line = addr >> LINE_SHIFT;
	unsigned int set;

	if (!cache_sets)
		return false;
	set = (line ^ line >> 17) & (cache_sets - 1);
	/* The tag is never 0 and differs between programs. */
	return cache_access(cpu->tags + (size_t)set * cache_ways,
			    line << 3 | (program + 1));
}

static void watch_access(unsigned int index, uint32_t info, uint64_t addr,
			 void *data)
{
	unsigned int program = (uintptr_t)data, store;
	struct counts *counts = &cpus[index].counts[program];
	int memory;

	if (!active || addr < low || addr > high)
		return;
	store = qemu_plugin_mem_is_store(info);
	counts->accesses[store]++;
	if (cached(&cpus[index], program, addr)) {
		counts->hits++;
		charge(index, hit_ns);
		return;
	}
	memory = find_memory(info, addr);
	if (memory < 0) {
		counts->unknown++;
		return;
	}
	counts->fills[memory][store]++;
	if (pages)
		pages[(addr - pages_low) >> PAGE_SHIFT]++;
	charge(index, memories[memory].ns[store]);
}

static void add_counts(struct counts *sum, const struct counts *counts)
{
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
		((uint64_t *)sum)[i] += ((const uint64_t *)counts)[i];
}

static void report_program(unsigned int program)
{
	struct counts sum = { 0 };
	unsigned int i;

	for (i = 0; i < nr_cpus; i++)
		add_counts(&sum, &cpus[i].counts[program]);
	fprintf(out, "%s{\"loads\":%lu,\"stores\":%lu,", program ? "," : "",
		sum.accesses[0], sum.accesses[1]);
	fprintf(out, "\"hits\":%lu,\"unknown\":%lu,\"fills\":[", sum.hits,
		sum.unknown);
	for (i = 0; i < nr_memories; i++)
		fprintf(out, "%s[%lu,%lu]", i ? "," : "",
			sum.fills[i][0], sum.fills[i][1]);
	fputs("]}", out);
}

static void report(void)
{
	unsigned int i;

	fprintf(out, "{\"phase\":%u,\"stall_ns\":%lu,", phases++, charged);
	fprintf(out, "\"user\":%lu,\"kernel\":%lu,\"programs\":[",
		instructions[0] - begun[0], instructions[1] - begun[1]);
	for (i = 0; i < nr_programs; i++)
		report_program(i);
	fputs("]}\n", out);
	fflush(out);
}

static void report_pages(void)
{
	FILE *file = fopen(pages_path, "w");

	if (!file || fwrite(&pages_low, sizeof(pages_low), 1, file) != 1 ||
	    fwrite(pages, sizeof(*pages), nr_pages, file) != nr_pages ||
	    fclose(file)) {
		fprintf(stderr, "memory model: cannot write %s\n", pages_path);
		exit(1);
	}
}

/* Count pages from low to high; drop the counts of another range. */
static void begin_pages(void)
{
	uint64_t wanted = ((high - low) >> PAGE_SHIFT) + 1;

	if (!pages_path || (pages && pages_low == low && nr_pages == wanted))
		return;
	free(pages);
	pages = calloc(wanted, sizeof(*pages));
	if (!pages) {
		fprintf(stderr, "memory model: cannot allocate counters for %lx to %lx\n",
			low, high);
		exit(1);
	}
	pages_low = low;
	nr_pages = wanted;
}

/* Called in the first phase, because QEMU creates RAM blocks after plugins. */
static void locate(struct memory *memory)
{
	char path[96];
	void *block;

	snprintf(path, sizeof(path), "/objects/%.63s", memory->block);
	block = qemu_ram_block_by_name(path);
	if (!block)
		block = qemu_ram_block_by_name(memory->block);
	if (!block) {
		fprintf(stderr, "memory model: no RAM block '%s'\n",
			memory->block);
		exit(1);
	}
	memory->start = (uintptr_t)qemu_ram_get_host_addr(block);
	memory->end = memory->start + qemu_ram_get_used_length(block);
}

static void begin_phase(void)
{
	unsigned int i;

	for (i = 0; i < nr_memories; i++)
		if (!memories[i].start)
			locate(&memories[i]);
	for (i = 0; i < nr_cpus; i++)
		memset(cpus[i].counts, 0, sizeof(cpus[i].counts));
	memcpy(begun, instructions, sizeof(begun));
	charged = 0;
	begin_pages();
	active = true;
}

static void phase_marker(unsigned int cpu, void *data)
{
	if ((uintptr_t)data == MARK_BEGIN) {
		begin_phase();
	} else if (active) {
		active = false;
		report();
		if (pages)
			report_pages();
	}
}

static void range_marker(unsigned int cpu, uint32_t info, uint64_t addr,
			 void *data)
{
	if ((uintptr_t)data == MARK_LOW)
		low = addr;
	else
		high = addr;
}

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

static void watch_insn(struct qemu_plugin_insn *insn, unsigned int code,
		       uintptr_t program)
{
	if (code == MARK_BEGIN || code == MARK_END)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, phase_marker,
						       QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)code);
	else
		/* One callback, because QEMU 7.2 confuses loads and stores. */
		qemu_plugin_register_vcpu_mem_cb(insn, watch_access,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW,
						 (void *)program);
}

static void watch_block(const struct qemu_plugin_tb *tb, size_t count,
			unsigned int program)
{
	unsigned int code = 0, last;
	size_t i;

	for (i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		last = code;
		code = marker_code(insn);
		if (last == MARK_LOW || last == MARK_HIGH)
			qemu_plugin_register_vcpu_mem_cb(insn, range_marker,
							 QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_RW,
							 (void *)(uintptr_t)last);
		else
			watch_insn(insn, code, program);
	}
}

static void translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb);
	size_t count = qemu_plugin_tb_n_insns(tb);
	unsigned int i;

	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &instructions[pc >= USER_END],
						 count);
	for (i = 0; i < nr_programs; i++)
		if (pc >= programs[i].low && pc < programs[i].high)
			watch_block(tb, count, i);
}

static bool parse_memory(const char *value)
{
	struct memory *memory = &memories[nr_memories++];

	return nr_memories <= MEMORIES_MAX &&
	       sscanf(value, "%63[^:]:%u:%u", memory->block, &memory->ns[0],
		      &memory->ns[1]) == 3;
}

static bool parse_text(const char *value)
{
	struct program *program = &programs[nr_programs++];

	return nr_programs <= PROGRAMS_MAX &&
	       sscanf(value, "%lx-%lx", &program->low,
		      &program->high) == 2;
}

static bool parse_cache(const char *value)
{
	if (sscanf(value, "%u:%u:%u", &cache_kib, &cache_ways, &hit_ns) != 3 ||
	    !cache_ways)
		return false;
	cache_sets = cache_kib * (1024 >> LINE_SHIFT) / cache_ways;
	return !(cache_sets & (cache_sets - 1));
}

static bool parse(const char *word)
{
	const char *value = strchr(word, '=');

	if (!value++)
		return false;
	if (!strncmp(word, "memory=", 7))
		return parse_memory(value);
	if (!strncmp(word, "text=", 5))
		return parse_text(value);
	if (!strncmp(word, "cache=", 6))
		return parse_cache(value);
	if (!strncmp(word, "quantum=", 8))
		return sscanf(value, "%u", &quantum) == 1;
	if (!strncmp(word, "pages=", 6))
		return (pages_path = strdup(value));
	if (strncmp(word, "out=", 4))
		return false;
	out = fopen(value, "w");
	return out;
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "memory model: %s: %s\n", what, why);
	return -1;
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	unsigned int i;

	if (!info->system_emulation || !timers_state || !qemu_get_cpu ||
	    !cpu_exit || !qemu_ram_block_by_name || !qemu_ram_get_host_addr ||
	    !qemu_ram_get_used_length)
		return refuse("this QEMU", "lacks functions of QEMU 7.2");
	parse_cache("1024:16:10");
	for (i = 0; i < (unsigned int)argc; i++)
		if (!parse(argv[i]))
			return refuse(argv[i], "invalid argument");
	nr_cpus = info->system.max_vcpus;
	if (nr_cpus > CPUS_MAX || !nr_memories || !nr_programs || !out)
		return refuse("arguments", "memory, text and out are needed");
	for (i = 0; i < nr_cpus; i++) {
		cpus[i].tags = calloc((size_t)cache_sets * cache_ways + 1,
				      sizeof(*cpus[i].tags));
		if (!cpus[i].tags)
			return refuse("cache", "out of memory");
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
