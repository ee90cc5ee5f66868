/* SPDX-License-Identifier: GPL-2.0 */
/* lib/: containers and parsers without HMT state. */
#ifndef _HMT_LIB_H
#define _HMT_LIB_H

#include "gauge.h"
/* parse.h stands alone: it also compiles in user space. */
#include "parse.h"
#include "queue.h"
#include "range.h"
#include "rangeset.h"
#include "ratelimit.h"
#include "task.h"

#endif /* _HMT_LIB_H */
