/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_TIME64_H
#define _HMT_MODEL_TIME64_H

#define NSEC_PER_SEC	1000000000ULL

#endif /* _HMT_MODEL_TIME64_H */
