// SPDX-License-Identifier: GPL-2.0
/* The one place where the trace events are defined. */
#define CREATE_TRACE_POINTS
#include <linux/pid.h>
#include "parse.h"
#include "policy.h"
#include "session.h"
#include "space.h"
#include "workload.h"
#include <trace/events/hmt.h>
