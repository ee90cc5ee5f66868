# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The kernel's own freezer, as before suspend. Only stock kernels have it.

tests=(
	"freezer  the engine freezes in the middle of moving and goes on"
)

freezer()
{
	local i

	start_torture --mib 8 --threads 2
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	echo freezer >/sys/power/pm_test
	at_end eval "echo none >/sys/power/pm_test"
	# The test mode waits some seconds while all are frozen.
	[ ! -e /sys/module/suspend/parameters/pm_test_delay ] ||
		echo 1 >/sys/module/suspend/parameters/pm_test_delay
	configure main limits=dram=0
	wait_until "$limit" all_above moved 0
	for i in 1 2; do
		configure main limits=dram=0
		passes main 1
		echo freeze >/sys/power/state
		configure main limits=
		passes main 2
	done
	stop main
}
