// SPDX-License-Identifier: GPL-2.0
/* Definition of the trace events. */
#define CREATE_TRACE_POINTS
#include <linux/pid.h>
#include "lib/lib.h"
#include "policy/policy.h"
#include "heat/heat.h"
#include "workload/workload.h"
#include <trace/events/hmt.h>
