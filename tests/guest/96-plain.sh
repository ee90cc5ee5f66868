# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# A CPU of arm64 that does not set accessed bits: the kernel does, in a fault.

tests=(
	"faults  the provider accessed says that it costs faults, and its heat is right"
)

faults()
{
	local accessed=$config/providers/accessed

	load_hmt
	dmesg -C
	modprobe -r -q hmt_accessed || :
	modprobe hmt_accessed
	expect_eq "$(cat "$accessed/hardware")" 0 "hardware"
	expect_eq "$(dmesg | grep -c 'no hardware access flag')" 1 \
		"messages about the access flag"
	start_program main hmt_pattern 8
	commit_chain
	create_workload main "pids=$(pid_of main)" providers=accessed dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	wait_passes main 2
	tell_program main pattern 7
	tell_program main touch
	wait_passes main 3
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	finish_program main
}
