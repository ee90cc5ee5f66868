/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The simulated accelerator: /dev/<name> of each instance. An open device works
 * on the address space of the process that opened it.
 */
#ifndef _UAPI_LINUX_HMT_SIM_H
#define _UAPI_LINUX_HMT_SIM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Computations of the device on words of 64 bits. */
enum hmt_sim_kernel {
	HMT_SIM_SUM,		/* value = sum of the words at src */
	HMT_SIM_SCATTER,	/* word i of dst becomes value + i */
	HMT_SIM_COPY,		/* dst becomes src */
	HMT_SIM_STENCIL,	/* word i of dst becomes words i - 1, i and i + 1 of
				 * src; those outside are 0
				 */
	HMT_SIM_KERNELS
};

/* Pages that the device touches move to its memory first, if they can. */
#define HMT_SIM_MIGRATE		(1U << 0)

/**
 * struct hmt_sim_run - HMT_SIM_RUN: run a computation on the device
 * @size: of this structure
 * @kernel: &enum hmt_sim_kernel
 * @flags: HMT_SIM_MIGRATE or 0
 * @reserved: 0
 * @src: address that is read, a multiple of 8
 * @dst: address that is written, a multiple of 8
 * @bytes: size of the range, a multiple of 8
 * @value: in or out, see &enum hmt_sim_kernel
 */
struct hmt_sim_run {
	__u32 size;
	__u32 kernel;
	__u32 flags;
	__u32 reserved;
	__u64 src;
	__u64 dst;
	__u64 bytes;
	__u64 value;
};

/*
 * 0; EINVAL, EFAULT, EPERM, EINTR; EIO if the device failed; ENODEV if it is
 * gone: open the file again.
 */
#define HMT_SIM_RUN		_IOWR('H', 0x80, struct hmt_sim_run)

#endif /* _UAPI_LINUX_HMT_SIM_H */
