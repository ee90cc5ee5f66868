/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/hmt. */
#ifndef _HMT_CHARDEV_H
#define _HMT_CHARDEV_H

int hmt_chardev_init(void);
void hmt_chardev_exit(void);

#endif /* _HMT_CHARDEV_H */
