/* SPDX-License-Identifier: GPL-2.0 */
/* The process of a pidfd: pidfd_pid() is not exported to modules. */
#ifndef _HMT_COMPAT_LINUX_PIDFS_H
#define _HMT_COMPAT_LINUX_PIDFS_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/string.h>

/*
 * Return the PID of @file, valid as long as the reference on @file, or NULL if
 * @file is not a pidfd. The file operations, by which the kernel recognises
 * one, are not exported either, but the superblock and, for anonymous inodes,
 * the name identify it: only the kernel creates such files, and names them.
 */
#ifdef PID_FS_MAGIC

/* cb12fd8e0dab ("pidfd: add pidfs"), v6.9 */
#include_next <linux/pidfs.h>

static inline struct pid *hmt_pidfd_pid(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return inode->i_sb->s_magic == PID_FS_MAGIC ? inode->i_private : NULL;
}

#else

static inline struct pid *hmt_pidfd_pid(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(dentry->d_name.name, "[pidfd]") ?
	       file->private_data : NULL;
}

#endif
#endif /* _HMT_COMPAT_LINUX_PIDFS_H */
