/* SPDX-License-Identifier: GPL-2.0 */
/* Path lookup of kernel threads, which older kernels do not restrict. */
#ifndef _HMT_COMPAT_LINUX_FS_STRUCT_H
#define _HMT_COMPAT_LINUX_FS_STRUCT_H

#include_next <linux/fs_struct.h>

/*
 * The root directory of kernel threads is empty since v7.3. Before, they have
 * the one of the first process.
 */
#ifndef scoped_with_init_fs
#define scoped_with_init_fs()
#endif

#endif /* _HMT_COMPAT_LINUX_FS_STRUCT_H */
