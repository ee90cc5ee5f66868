# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Counters that emulated machines lack, as kunit/hmt_pmu.c has them: kernels with
# KUnit.

tests=(
	"ibs       a counter is found by the name of its PMU, and asked as it wants to be"
	"trace     what only writes traces is refused, and the message says what to do"
)

sampler=$config/providers/sampler
pmu=/sys/module/hmt_pmu/parameters
devices=/sys/bus/event_source/devices

# try EVENT ERROR TEXT - a workload that wants it does not start
try()
{
	echo "$1" >"$sampler/event"
	dmesg -C
	errno "$2" write "$config/workloads/main/live" 1
	dmesg | grep -qF "$3" || fail "$1: $(dmesg)"
}

# prepared PROGRAM - every seventh page is accessed
prepared()
{
	load
	modprobe -a hmt_sampler
	start "$1" hmt_pattern 8
	tell "$1" pattern 7
	chain
	workload main "pids=$(pid_of "$1")" providers=sampler dry_run=1 \
		scan_interval_ms=50 samples=1
}

double()
{
	modprobe hmt_pmu start=$((1 << 44)) pages=2048 step=7
	at_end modprobe -r hmt_sampler hmt_pmu
}

ibs()
{
	local event

	prepared main
	try ibs-op EOPNOTSUPP "no counter 'ibs-op' with addresses here"
	try ibs_op:80000 EOPNOTSUPP "write another to providers/sampler/event"
	double
	# Heat that lasts until it is read.
	echo 255 >"$sampler/score"
	echo 50 >"$sampler/budget"
	tell main touch
	for event in ibs-op ibs_op:80000 "$(<$devices/ibs_op/type):80000" auto; do
		echo "$event" >"$sampler/event"
		[ "$(<"$sampler/event")" = "$event" ]
		go_live main
		passes main 1
		errno "EAGAIN|EBUSY" rmmod hmt_pmu
		wait_until "$limit" all_hot
		go_idle main
	done
	# In sixteens, which 1009 is not.
	[ "$(<"$pmu/bad_periods")" -eq 0 ]
	# It has no such bit.
	try ibs_op:1 EOPNOTSUPP "no counter 'ibs_op:1'"
	finish main
}

all_hot()
{
	[ "$(heat_of main)" = "hot=293 missed=0 wrong=0" ]
}

trace()
{
	prepared main
	double
	try spe EOPNOTSUPP "'spe' with addresses here (error -60): it writes a trace"
	try arm_spe_0:0 EOPNOTSUPP "'perf script' and 'hmtctl report'"
	finish main
}
