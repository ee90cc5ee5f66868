# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The freezer of the kernel, as in suspend. Only stock kernels have it.

tests=(
	"freezer  the engine freezes in the middle of moving, and continues afterwards"
)

freezer()
{
	local i

	start_torture --mib 8 --threads 2
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	echo freezer >/sys/power/pm_test
	at_end eval "echo none >/sys/power/pm_test"
	# The test mode waits some seconds while all tasks are frozen.
	[ ! -e /sys/module/suspend/parameters/pm_test_delay ] ||
		echo 1 >/sys/module/suspend/parameters/pm_test_delay
	configure_workload main limits=dram=0
	wait_until "$limit" edge_total_above moved 0
	for i in 1 2; do
		configure_workload main limits=dram=0
		wait_passes main 1
		echo freeze >/sys/power/state
		configure_workload main limits=
		wait_passes main 2
	done
	stop_program main
}
