/* SPDX-License-Identifier: GPL-2.0 */
/* Release the resource of a local variable at the end of its scope. */
#ifndef HMTCTL_CLEANUP_H
#define HMTCTL_CLEANUP_H

#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_text(char **text)
{
	free(*text);
}

static inline void cleanup_json(struct json_object **json)
{
	json_object_put(*json);
}

#define auto_fd		__attribute__((cleanup(cleanup_fd)))
#define auto_text	__attribute__((cleanup(cleanup_text)))
#define auto_json	__attribute__((cleanup(cleanup_json)))

#endif
