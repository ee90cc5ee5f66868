/* SPDX-License-Identifier: GPL-2.0 */
/* See types.h. */
#ifndef _HMT_USER_CTYPE_H
#define _HMT_USER_CTYPE_H

#include <ctype.h>

#endif /* _HMT_USER_CTYPE_H */
