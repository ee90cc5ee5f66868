# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Effects of the provider accessed on the rest of the kernel: translations that are
# flushed, and marks for kernel reclaim.

tests=(
	"returns   a CPU that returns to a program flushes what it has cached of it"
	"young     reclaim keeps pages whose accessed bits were taken where the kernel can mark them"
)

accessed=$config/providers/accessed
tracing=/sys/kernel/tracing/instances/flushes

# watch_program PROGRAM
watch_program()
{
	commit_chain dram=node0
	create_workload main "pids=$(pid_of "$1")" providers=accessed dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	wait_passes main 2
}

# flushed_on_return COUNT - CPU 1 has flushed COUNT times on leaving the idle thread
flushed_on_return()
{
	result=$(grep -c tlb_flush $tracing/per_cpu/cpu1/trace)
	[ "$result" -ge "$1" ]
}

# The program has CPU 1 for itself and sleeps a millisecond between two rounds. The
# idle thread keeps the address space loaded, as a CPU with PCIDs does when another
# program runs: the CPU flushes when it returns only if the generation has changed.
returns()
{
	taskset -p 1 $$ >/dev/null
	start_program main hmt_pattern 4
	taskset -p 2 "$(pid_of main)" >/dev/null
	tell_program main touch
	watch_program main
	mkdir $tracing
	at_end rmdir $tracing
	# TLB_FLUSH_ON_TASK_SWITCH
	echo "reason == 0 && common_pid == 0" >$tracing/events/tlb/tlb_flush/filter
	echo 1 >$tracing/events/tlb/tlb_flush/enable
	wait_until "$limit" flushed_on_return 20
	echo 0 >"$accessed/flush"
	at_end eval "echo 1 >$accessed/flush"
	wait_passes main 2
	echo >$tracing/trace
	wait_passes main 20
	! flushed_on_return 5 || fail "$result flushes on return without flush"
	echo 0 >$tracing/events/tlb/tlb_flush/enable
	finish_program main
}

# get_reclaimed KEEP - set $used and $other to the pages of each of two regions of
# 2048 pages that reclaim takes, if 2048 are to be taken; the bits of both have been
# taken, those of the first one after it was used. It was allocated first, so that it
# is reclaimed first if reclaim finds no access.
get_reclaimed()
{
	local program=keep$1

	in_cgroup=$(make_cgroup "$program")
	start_program "$program" hmt_regions name=used,mib=8 name=other,mib=8
	echo 0 >"$accessed/keep_young"
	watch_program "$program"
	echo "$1" >"$accessed/keep_young"
	tell_program "$program" hot used
	wait_passes main 3
	tell_program "$program" cold used
	wait_passes main 2
	reclaim_from_cgroup 8
	used=$(pages_on absent "$program" place used)
	other=$(pages_on absent "$program" place other)
	note "keep_young=$1: $used used pages and $other others are reclaimed"
	go_idle main
	rmdir "$config/workloads/main"
	finish_program "$program"
}

# Linux 6.1 of Debian has no mark for young pages.
young()
{
	local used other

	load_hmt
	modprobe hmt_accessed
	expect_errno ERANGE write "$accessed/keep_young" 2
	if [ "$HMT_KERNEL" = stock-6.1 ]; then
		expect_eq "$(cat "$accessed/keep_young")" 0 "keep_young"
		expect_errno EOPNOTSUPP write "$accessed/keep_young" 1
		expect_errno ok write "$accessed/keep_young" 0
		return
	fi
	expect_eq "$(cat "$accessed/keep_young")" 1 "keep_young"
	make_swap
	get_reclaimed 0
	expect_gt "$used" "$other" "used pages that are reclaimed"
	get_reclaimed 1
	expect_gt "$other" 0 "other pages that are reclaimed"
	expect_lt "$used" $((other / 2)) "used pages that are reclaimed"
}
