/* SPDX-License-Identifier: GPL-2.0 */
/* Parsing of attribute values: stateless, the input is not kept. */
#ifndef _HMT_PARSE_H
#define _HMT_PARSE_H

#include <linux/types.h>
#include <uapi/linux/hmt.h>

/*
 * Bytes of a value that configfs passes, on every architecture. It passes the first
 * bytes of a longer text, one less than that, and the rest as another text.
 */
#define HMT_ATTR_SIZE	4096

/* Bytes of a process number, a blank and the end of the line, at most. */
#define HMT_ATTR_PID_SIZE	16

/* One "<name>[:<weight>]" of the attribute providers. Begins with the name. */
struct hmt_provider_spec {
	char name[HMT_NAME_MAX + 1];
	unsigned int weight;
};

/* One "<tier>=<size>" of limits or protect. Begins with the name. */
struct hmt_limit_spec {
	char tier[HMT_NAME_MAX + 1];
	u64 bytes;
};

int hmt_parse_name(const char *name);
int hmt_parse_u32(const char *text, u32 low, u32 high, u32 *value);
int hmt_parse_rate(const char *text, u64 *mib_per_s);
int hmt_parse_memories(const char *text,
		       char names[HMT_TIER_MEMORIES_MAX][HMT_NAME_MAX + 1]);
int hmt_parse_weights(const char *text, u8 weights[HMT_TARGETS_MAX]);
int hmt_parse_providers(const char *text,
			struct hmt_provider_spec specs[HMT_PROVIDERS_MAX]);
int hmt_parse_limits(const char *text,
		     struct hmt_limit_spec limits[HMT_TIERS_MAX]);

#endif /* _HMT_PARSE_H */
