# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The tracepoints, by tracefs.

tests=(
	"events  the five events exist and fire, with what the ABI calls things"
)

events=/sys/kernel/tracing/events/hmt
trace=/sys/kernel/tracing/trace

events()
{
	load
	[ "$(cd "$events" && echo hmt_*)" = "hmt_batch hmt_commit hmt_failure hmt_plan hmt_scan" ]
	echo >"$trace"
	echo 1 >"$events/enable"
	at_end eval "echo 0 >$events/enable"
	# The bound pages make for failures: the task forbids node 1 to them.
	start main hmt_regions "name=cold,mib=8,place=0"
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50 limits=dram=0
	go_live main
	wait_until "$limit" counter_above 0 1 moved 0
	grep -q "hmt_commit: generation=$(generation) tiers=3" "$trace"
	grep -q "hmt_scan: workload=main pid=$(pid_of main) ns=" "$trace"
	grep -q "hmt_plan: workload=main tier=dram promote_min=.*demote_quota=[1-9]" "$trace"
	grep -q "hmt_batch: mover=hmm from=0 to=1 pages=.* moved=[1-9]" "$trace"
	wait_until "$limit" failure_traced
	finish main
}

# A page under the feet of the mover: somebody unmaps, writes or pins them.
failure_traced()
{
	grep -q 'hmt_failure: from=.*result=[a-z]* pages=[1-9]' "$trace" ||
		{ provoke && false; }
}

# Something that fails sometimes: processes that end while their pages move.
provoke()
{
	hmt_churn 1 2 >/dev/null &
	echo "$(pid_of main) $!" >"$config/workloads/main/pids"
	wait $!
}
