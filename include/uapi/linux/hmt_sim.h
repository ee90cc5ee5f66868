/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The simulated accelerators: /dev/<name> of each. An open file accesses the
 * address space of the process that opened it.
 */
#ifndef _UAPI_LINUX_HMT_SIM_H
#define _UAPI_LINUX_HMT_SIM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Computations; words have 64 bits, and are 0 outside of src. */
enum hmt_sim_kernel {
	HMT_SIM_SUM,		/* value = sum of the words at src */
	HMT_SIM_SCATTER,	/* dst[i] = value + i */
	HMT_SIM_COPY,		/* dst = src */
	HMT_SIM_STENCIL,	/* dst[i] = src[i - 1] + src[i] + src[i + 1] */
	HMT_SIM_KERNELS
};

/* Move touched pages to the memory of the device first, if possible. */
#define HMT_SIM_MIGRATE		(1U << 0)

/* Move all of src to the memory of the device before it begins. */
#define HMT_SIM_PREFETCH	(1U << 1)

/**
 * struct hmt_sim_run - request to run a computation on the device
 * @size: size of this structure in bytes
 * @kernel: computation, see &enum hmt_sim_kernel
 * @flags: HMT_SIM_MIGRATE, HMT_SIM_PREFETCH
 * @reserved: 0
 * @src: address to read, a multiple of 8
 * @dst: address to write, a multiple of 8
 * @bytes: size in bytes, a multiple of 8
 * @value: parameter or result, see &enum hmt_sim_kernel
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
 * Returns 0, or -1 with errno EINVAL, EFAULT, EPERM or EINTR; EIO if the device
 * failed; ENODEV if it was removed and the file must be opened again.
 */
#define HMT_SIM_RUN		_IOWR('H', 0x80, struct hmt_sim_run)

#endif /* _UAPI_LINUX_HMT_SIM_H */
