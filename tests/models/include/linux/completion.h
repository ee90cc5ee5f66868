/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_COMPLETION_H
#define _HMT_MODEL_COMPLETION_H

struct completion {
	int done;
};

#endif /* _HMT_MODEL_COMPLETION_H */
