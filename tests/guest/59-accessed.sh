# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Effects of the provider accessed on the rest of the kernel: translations that are
# flushed.

tests=(
	"returns   a CPU that returns to a program flushes what it has cached of it"
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
