/* SPDX-License-Identifier: GPL-2.0 */
/* File descriptor of HMT_SERVE. */
#ifndef _HMT_SERVE_H
#define _HMT_SERVE_H

/* Return the descriptor or a negative error. */
int hmt_serve_open(void);

#endif /* _HMT_SERVE_H */
