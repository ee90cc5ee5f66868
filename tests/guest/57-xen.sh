# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The first domain of Xen, whose page tables are read-only: Xen emulates writes to
# entries that map pages, and no others.

tests=(
	"upper  accessed leaves the bits of tables alone, and touched pages get heat"
)

accessed=$config/providers/accessed

upper()
{
	expect_eq "$(cat /sys/hypervisor/guest_type)" PV "guest type"
	start_program main hmt_pattern 8
	commit_chain dram=node0
	create_workload main "pids=$(pid_of main)" providers=accessed dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	expect_eq "$(cat "$accessed/flush")" 1 "flush"
	wait_passes main 3
	tell_program main pattern 7
	tell_program main touch
	wait_passes main 3
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	expect_ge "$(provider_stat accessed hits)" 293 "hits of accessed"
	expect_eq "$(provider_stat accessed errors)" 0 "errors of accessed"
	expect_eq "$(cat "$accessed/skipped_1g" "$accessed/skipped_2m")" $'0\n0' \
		"tables that are skipped"
	go_idle main
	finish_program main
}
