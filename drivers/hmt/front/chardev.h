/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/hmt. */
#ifndef _HMT_CHARDEV_H
#define _HMT_CHARDEV_H

int hmt_chardev_init(void);
void hmt_chardev_exit(void);

/* serve.c: the descriptor of HMT_SERVE, or -errno. */
int hmt_serve_open(void);

#endif /* _HMT_CHARDEV_H */
