// SPDX-License-Identifier: GPL-2.0
/*
 * A machine of one CPU, 32-bit protected mode, no paging: physical addresses are
 * all there is. It runs a loop in a page of its own, and halts.
 */
#include "libguest.h"
#include "libtest.h"

#ifdef __x86_64__
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CODE_AT		0x80000000UL

static const unsigned char code[] = {
	0xc6, 0x03, 0x01,	/* again: movb $1, (%ebx) */
	0x01, 0xd3,		/* add %edx, %ebx */
	0x49,			/* dec %ecx */
	0x75, 0xf8,		/* jnz again */
	0xf4,			/* hlt */
};

static int cpu = -1;
static struct kvm_run *state;

static int ask(int fd, const char *what, unsigned long command, void *argument)
{
	int result = ioctl(fd, command, argument);

	if (result < 0)
		die(EXIT_SYSTEM, "%s: %s", what, strerror(errno));
	return result;
}

static void add_memory(int machine, __u32 slot, unsigned long at, void *memory,
		       size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = at,
		.memory_size = size,
		.userspace_addr = (unsigned long)memory,
	};

	ask(machine, "memory", KVM_SET_USER_MEMORY_REGION, &region);
}

/* 4 GiB from 0, 32 bits. */
static void make_flat(struct kvm_segment *segment, __u8 type)
{
	*segment = (struct kvm_segment) {
		.limit = 0xffffffff,
		.selector = 8,
		.type = type,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
}

static void enter_protected_mode(void)
{
	struct kvm_sregs registers;

	ask(cpu, "registers", KVM_GET_SREGS, &registers);
	make_flat(&registers.cs, 11);
	make_flat(&registers.ds, 3);
	registers.es = registers.ds;
	registers.ss = registers.ds;
	registers.cr0 |= 1;
	ask(cpu, "registers", KVM_SET_SREGS, &registers);
}

void guest_open(void *memory, size_t size)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), machine, length;
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (kvm < 0)
		die(EXIT_SYSTEM, "/dev/kvm: %s", strerror(errno));
	if (page == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap: %s", strerror(errno));
	memcpy(page, code, sizeof(code));
	machine = ask(kvm, "machine", KVM_CREATE_VM, NULL);
	add_memory(machine, 0, 0, memory, size);
	add_memory(machine, 1, CODE_AT, page, PAGE_BYTES);
	cpu = ask(machine, "CPU", KVM_CREATE_VCPU, NULL);
	length = ask(kvm, "state", KVM_GET_VCPU_MMAP_SIZE, NULL);
	state = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (state == MAP_FAILED)
		die(EXIT_SYSTEM, "mmap of a CPU: %s", strerror(errno));
	enter_protected_mode();
}

void guest_touch(size_t first, size_t count, size_t stride)
{
	struct kvm_regs registers = {
		.rip = CODE_AT,
		.rflags = 2,
		.rbx = first,
		.rcx = count,
		.rdx = stride,
	};

	if (!count)
		return;
	ask(cpu, "registers", KVM_SET_REGS, &registers);
	do {
		if (ioctl(cpu, KVM_RUN, 0) && errno != EINTR)
			die(EXIT_SYSTEM, "running: %s", strerror(errno));
	} while (state->exit_reason == KVM_EXIT_INTR);
	if (state->exit_reason != KVM_EXIT_HLT)
		die(EXIT_WRONG, "the guest ended with reason %u",
		    state->exit_reason);
}

#else

void guest_open(void *memory, size_t size)
{
	die(EXIT_USAGE, "%zu bytes at %p: there is no such machine for this architecture",
	    size, memory);
}

void guest_touch(size_t first, size_t count, size_t stride)
{
	die(EXIT_USAGE, "%zu of %zu bytes from %zu: no machine", count, stride, first);
}

#endif
