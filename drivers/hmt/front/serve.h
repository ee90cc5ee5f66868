/* SPDX-License-Identifier: GPL-2.0 */
/* The descriptor of HMT_SERVE. */
#ifndef _HMT_SERVE_H
#define _HMT_SERVE_H

/* The descriptor, or -errno. */
int hmt_serve_open(void);

#endif /* _HMT_SERVE_H */
