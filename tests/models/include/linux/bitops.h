/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_BITOPS_H
#define _HMT_MODEL_BITOPS_H

#include <linux/bits.h>

#endif /* _HMT_MODEL_BITOPS_H */
