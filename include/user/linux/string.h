/* SPDX-License-Identifier: GPL-2.0 */
/* See types.h. */
#ifndef _HMT_USER_STRING_H
#define _HMT_USER_STRING_H

#include <string.h>

#endif /* _HMT_USER_STRING_H */
