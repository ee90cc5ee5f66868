/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_SIZES_H
#define _HMT_MODEL_SIZES_H

#define SZ_1G	(1UL << 30)

#endif /* _HMT_MODEL_SIZES_H */
