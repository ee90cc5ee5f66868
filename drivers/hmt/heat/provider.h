/* SPDX-License-Identifier: GPL-2.0 */
/* Registry of hotness providers. */
#ifndef _HMT_PROVIDER_H
#define _HMT_PROVIDER_H

#include <linux/hmt_internal.h>

const struct hmt_provider *hmt_provider_get(const char *name);
void hmt_provider_put(const struct hmt_provider *provider);

#endif /* _HMT_PROVIDER_H */
