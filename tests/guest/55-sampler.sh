# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Counters that emulated machines lack, simulated by kunit/hmt_pmu.c. Only kernels
# with KUnit have it.

tests=(
	"ibs       a counter is found by the name of its PMU, and opened with the attributes that it needs"
	"hybrid    CPUs of both kinds of a hybrid machine are sampled, whichever of them starts the workload"
	"trace     a PMU that only writes traces is refused, with a message that names the alternative"
)

sampler=$config/providers/sampler
pmu=/sys/module/hmt_pmu/parameters
devices=/sys/bus/event_source/devices

# expect_no_event EVENT ERROR TEXT - a workload with it does not start, and the kernel
# logs TEXT
expect_no_event()
{
	echo "$1" >"$sampler/event"
	dmesg -C
	expect_errno "$2" write "$config/workloads/main/live" 1
	dmesg | grep -qF "$3" || fail "$1: $(dmesg)"
}

# start_sampled PROGRAM - it accesses every seventh page
start_sampled()
{
	load_hmt
	modprobe -a hmt_sampler
	start_program "$1" hmt_pattern 8
	tell_program "$1" pattern 7
	commit_chain
	# Even on a slow machine a page is sampled again before its heat is gone.
	create_workload main "pids=$(pid_of "$1")" providers=sampler dry_run=1 \
		scan_interval_ms=200 samples=1
}

# load_pmu [PARAMETER=VALUE...]
load_pmu()
{
	modprobe hmt_pmu start=$((1 << 44)) pages=2048 step=7 "$@"
	at_end modprobe -r hmt_sampler hmt_pmu
}

ibs()
{
	local event

	start_sampled main
	expect_no_event ibs-op EOPNOTSUPP "no counter 'ibs-op' with addresses here"
	expect_no_event ibs_op:80000 EOPNOTSUPP "write another event to providers/sampler/event"
	load_pmu
	# The heat must last until it is read.
	echo 255 >"$sampler/score"
	echo 50 >"$sampler/budget"
	tell_program main touch
	for event in ibs-op ibs_op:80000 "$(<$devices/ibs_op/type):80000" auto; do
		echo "$event" >"$sampler/event"
		expect_eq "$(<"$sampler/event")" "$event" "event of the sampler"
		go_live main
		wait_passes main 1
		expect_errno "EAGAIN|EBUSY" rmmod hmt_pmu
		wait_until "$limit" all_hot
		go_idle main
	done
	# IBS takes multiples of 16, and the default of 1009 is not one.
	expect_eq "$(<"$pmu/bad_periods")" 0 "periods that IBS refused"
	# IBS has no such bit.
	expect_no_event ibs_op:1 EOPNOTSUPP "no counter 'ibs_op:1'"
	finish_program main
}

all_hot()
{
	result=$(heat_of main)
	[ "$result" = "hot=293 missed=0 wrong=0" ]
}

# Performance cores have the generic type of events, which efficient cores refuse.
hybrid()
{
	local mask

	start_sampled main
	load_pmu hybrid=1
	echo 255 >"$sampler/score"
	echo 50 >"$sampler/budget"
	tell_program main touch
	echo mem-loads >"$sampler/event"
	for mask in 2 1; do
		taskset -p $mask "$(pid_of main)" >/dev/null
		taskset $mask bash -c "echo 1 >$config/workloads/main/live"
		wait_passes main 1
		wait_until "$limit" all_hot
		go_idle main
		rmdir "$config/workloads/main"
		create_workload main "pids=$(pid_of main)" providers=sampler \
			dry_run=1 scan_interval_ms=200 samples=1
	done
	finish_program main
}

trace()
{
	start_sampled main
	load_pmu
	expect_no_event spe EOPNOTSUPP "'spe' with addresses here (error -60): it writes a trace"
	expect_no_event arm_spe_0:0 EOPNOTSUPP "'perf script' and 'hmtctl report'"
	finish_program main
}
