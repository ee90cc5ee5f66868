/* SPDX-License-Identifier: GPL-2.0 */
/* front/: configfs and /dev/hmt, which parse, call and print. */
#ifndef _HMT_FRONT_H
#define _HMT_FRONT_H

int hmt_configfs_init(void);
void hmt_configfs_exit(void);

int hmt_chardev_init(void);
void hmt_chardev_exit(void);

#endif /* _HMT_FRONT_H */
