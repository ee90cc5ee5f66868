/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_HASH_H
#define _HMT_MODEL_HASH_H

#define hash_ptr(pointer, bits) \
	((unsigned long)(pointer) % (1UL << (bits)))

#endif /* _HMT_MODEL_HASH_H */
