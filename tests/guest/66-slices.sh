# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Workloads of many slices: a slice of 1 ms makes a small workload one. Only
# kernels with KUnit have this parameter.

tests=(
	"far  hot pages at the end of a large address space are promoted at the rate, although the engine rests"
)

far()
{
	local first

	load_hmt
	echo 1000 >/sys/module/hmt/parameters/slice_us
	at_end eval "echo 0 >/sys/module/hmt/parameters/slice_us"
	start_program main hmt_regions name=cold,mib=96,place=0 \
		name=hot,mib=16,place=1,hot
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=20 samples=1 \
		promote_mib_per_s=64
	go_live main
	wait_until $((limit * 2)) stat_above main promoted 0
	first=$(stat_of main passes)
	wait_passes main 5
	note "$(stat_of main promoted) pages promoted in $(($(stat_of main passes) - first)) passes"
	# One batch is all that the bucket holds after a rest.
	expect_gt "$(stat_of main promoted)" $((10 * 64)) "pages that were promoted"
	finish_program main
}
