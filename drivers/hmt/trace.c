// SPDX-License-Identifier: GPL-2.0
/* The one place where the trace events are defined. */
#define CREATE_TRACE_POINTS
#include <linux/pid.h>
#include "lib/parse.h"
#include "policy/policy.h"
#include "heat/session.h"
#include "heat/space.h"
#include "workload/workload.h"
#include <trace/events/hmt.h>
