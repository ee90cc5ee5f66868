/* SPDX-License-Identifier: GPL-2.0 */
/* Registry of hotness providers. */
#ifndef _HMT_PROVIDER_H
#define _HMT_PROVIDER_H

#include <linux/hmt.h>

struct config_group;

const struct hmt_provider *hmt_provider_get(const char *name);
void hmt_provider_put(const struct hmt_provider *provider);
struct config_group *hmt_provider_dirs(void);

#endif /* _HMT_PROVIDER_H */
