/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_ALIGN_H
#define _HMT_MODEL_ALIGN_H

#define IS_ALIGNED(x, a)	(!((x) & ((a) - 1)))

#endif /* _HMT_MODEL_ALIGN_H */
