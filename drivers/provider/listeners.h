/* SPDX-License-Identifier: GPL-2.0 */
/* Listeners to devices that all sessions of a provider share. */
#ifndef _HMT_PROVIDER_LISTENERS_H
#define _HMT_PROVIDER_LISTENERS_H

#include <linux/hmt_provider.h>

#define HMT_LISTENERS_MAX	2

/**
 * struct hmt_listeners - listeners that are active while a session uses them
 * @users: number of sessions
 * @listener: listeners in the order in which they are added, NULL if fewer
 *
 * The provider serialises all calls.
 */
struct hmt_listeners {
	unsigned int users;
	struct hmt_mirror_listener *listener[HMT_LISTENERS_MAX];
};

/* Add a user; the first one makes the listeners active. */
static inline void hmt_listeners_get(struct hmt_listeners *listeners)
{
	unsigned int i;

	if (listeners->users++)
		return;
	for (i = 0; i < HMT_LISTENERS_MAX && listeners->listener[i]; i++)
		hmt_mirror_listen(listeners->listener[i]);
}

/* Remove a user; return true if it was the last one. */
static inline bool hmt_listeners_put(struct hmt_listeners *listeners)
{
	unsigned int i = HMT_LISTENERS_MAX;

	if (--listeners->users)
		return false;
	while (i--)
		if (listeners->listener[i])
			hmt_mirror_unlisten(listeners->listener[i]);
	return true;
}

#endif /* _HMT_PROVIDER_LISTENERS_H */
