# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Providers that do not answer (kunit/hmt_stall.c) or lie (kunit/hmt_lie.c). Only
# kernels with KUnit have them.

tests=(
	"stalled   the engine continues without a provider that hangs, and refuses its late reports"
	"spinning  the engine continues as well without a provider that uses CPU time forever"
	"outlived  processes and workloads end while a provider hangs; it cannot be unloaded before it returns"
	"lies      absurd addresses, ranges, scores and counts are refused and cost no memory"
)

stall=/sys/module/hmt_stall/parameters

# set_hang Y|N
set_hang()
{
	echo "$1" >"$stall/hang"
}

# stall_is NAME VALUE
stall_is()
{
	read -r result <"$stall/$1"
	[ "$result" = "$2" ]
}

# start_stalled PROGRAM - it accesses every seventh page, and the provider hangs
start_stalled()
{
	load_hmt
	modprobe hmt_stall
	at_end set_hang N
	start_program "$1" hmt_pattern 8
	tell_program "$1" pattern 7
	tell_program "$1" touch
	commit_chain
	create_workload main "pids=$(pid_of "$1")" "providers=stall accessed" \
		dry_run=1 scan_interval_ms=20 samples=1
	go_live main
	wait_passes main 2
	expect_eq "$(provider_stat stall stalled)" 0 "stalled of stall"
	set_hang Y
	wait_until "$limit" stall_is waiting 1
}

stalled()
{
	local begin

	start_stalled main
	wait_passes main 10
	begin=$(provider_stat stall stalled)
	expect_gt "$begin" 0 "samples without an answer"
	wait_passes main 5
	expect_ge "$(provider_stat stall stalled)" $((begin + 5)) "stalled of stall"
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	expect_message "provider 'stall' gave no answer"
	# It returns, and its late reports are refused; later it answers in time.
	set_hang N
	wait_until "$limit" stall_is waiting 0
	wait_passes main 3
	expect_gt "$(cat "$stall/refused")" 0 "refused of stall"
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	begin=$(provider_stat stall stalled)
	wait_passes main 5
	expect_eq "$(provider_stat stall stalled)" "$begin" "stalled of stall"
	finish_program main
	go_idle main
	expect_errno ok rmmod hmt_stall
}

spinning()
{
	load_hmt
	modprobe hmt_stall spin=1
	start_stalled main
	wait_passes main 5
	expect_gt "$(provider_stat stall stalled)" 0 "samples without an answer"
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	set_hang N
	wait_until "$limit" stall_is waiting 0
	finish_program main
	go_idle main
	expect_errno ok rmmod hmt_stall
}

outlived()
{
	start_stalled main
	# The provider holds the mm, but not the process.
	finish_program main
	wait_passes main 5
	go_idle main
	expect_message "provider 'stall' does not return"
	rmdir "$config/workloads/main"
	expect_errno "EAGAIN|EBUSY" rmmod hmt_stall
	expect_errno "EAGAIN|EBUSY" rmmod hmt
	# Other workloads are not affected.
	start_program second hmt_pattern 8
	create_workload main "pids=$(pid_of second)" dry_run=1 scan_interval_ms=20 \
		samples=1
	go_live main
	wait_passes main 3
	finish_program second
	go_idle main
	set_hang N
	wait_until "$limit" try_succeeds rmmod hmt_stall
}

# try_succeeds CALL ARGUMENT...
try_succeeds()
{
	result=$(hmt_try "$@")
	[ "$result" = ok ]
}

# has_lied TIMES - at least
has_lied()
{
	read -r result </sys/module/hmt_lie/parameters/told
	[ "$result" -ge "$1" ]
}

# The lying provider is queried before the correct one, and reports addresses that
# are not mapped.
lies()
{
	load_hmt
	modprobe hmt_lie
	start_program main hmt_pattern 8
	tell_program main pattern 7
	tell_program main touch
	commit_chain
	create_workload main "pids=$(pid_of main)" "providers=lie accessed" \
		dry_run=1 scan_interval_ms=20 samples=1
	go_live main
	wait_until "$limit" has_lied 5
	wait_passes main 2
	expect_eq "$(cat /sys/module/hmt_lie/parameters/believed)" 0 "lies that were accepted"
	# Reports are refused at once or later, errors are counted, and no report is
	# accepted.
	note "$(stat_of main providers | head -n 1), heat of $(stat_of main heat_bytes) bytes"
	expect_eq "$(provider_stat lie hits)" 0 "hits of lie"
	expect_eq "$(provider_stat lie reports)" 0 "reports of lie"
	expect_gt "$(provider_stat lie rejected)" 5000 "rejected of lie"
	expect_ge "$(provider_stat lie errors)" 4 "errors of lie"
	expect_eq "$(provider_stat accessed rejected)" 0 "rejected of accessed"
	expect_eq "$(provider_stat accessed errors)" 0 "errors of accessed"
	# One byte for each page that has a page table.
	expect_le "$(stat_of main heat_bytes)" $((32 * 512)) "heat_bytes of main"
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	finish_program main
	go_idle main
	expect_errno ok rmmod hmt_lie
}
