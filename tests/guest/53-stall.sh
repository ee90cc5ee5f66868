# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Providers that do not answer, or lie (kunit/hmt_stall.c, kunit/hmt_lie.c: kernels
# with KUnit).

tests=(
	"stalled   the engine goes on without it, and what it finds too late is refused"
	"outlived  processes and workloads end while it hangs; it cannot be unloaded before it returns"
	"lies      absurd addresses, ranges, scores and counts are refused and cost no memory"
)

stall=/sys/module/hmt_stall/parameters

hang()
{
	echo "$1" >"$stall/hang"
}

# stall_is NAME VALUE
stall_is()
{
	[ "$(cat "$stall/$1")" = "$2" ]
}

# prepared PROGRAM - every seventh page is accessed, and the provider hangs
prepared()
{
	load
	modprobe hmt_stall
	at_end hang N
	start "$1" hmt_pattern 8
	tell "$1" pattern 7
	tell "$1" touch
	chain
	workload main "pids=$(pid_of "$1")" "providers=stall accessed" \
		dry_run=1 scan_interval_ms=20 samples=1
	go_live main
	passes main 2
	[ "$(provider_stat stall 8)" -eq 0 ]
	hang Y
	wait_until "$limit" stall_is waiting 1
}

stalled()
{
	local begin

	prepared main
	passes main 10
	begin=$(provider_stat stall 8)
	[ "$begin" -gt 0 ]
	passes main 5
	[ "$(provider_stat stall 8)" -ge $((begin + 5)) ]
	[ "$(heat_of main)" = "hot=293 missed=0 wrong=0" ]
	dmesg | grep -q "provider 'stall' gave no answer"
	# It returns, and what it says is refused; from then on it answers.
	hang N
	wait_until "$limit" stall_is waiting 0
	passes main 3
	[ "$(cat "$stall/refused")" -gt 0 ]
	[ "$(heat_of main)" = "hot=293 missed=0 wrong=0" ]
	begin=$(provider_stat stall 8)
	passes main 5
	[ "$(provider_stat stall 8)" -eq "$begin" ]
	finish main
	go_idle main
	errno ok rmmod hmt_stall
}

outlived()
{
	prepared main
	# The address space is held for the provider, the process is not.
	finish main
	passes main 5
	go_idle main
	dmesg | grep -q "provider 'stall' does not return"
	rmdir "$config/workloads/main"
	errno "EAGAIN|EBUSY" rmmod hmt_stall
	errno "EAGAIN|EBUSY" rmmod hmt
	# Others are not concerned.
	start second hmt_pattern 8
	workload main "pids=$(pid_of second)" dry_run=1 scan_interval_ms=20 \
		samples=1
	go_live main
	passes main 3
	finish second
	go_idle main
	hang N
	wait_until "$limit" errno_ok rmmod hmt_stall
}

errno_ok()
{
	[ "$(hmt_try "$@")" = ok ]
}

# lied TIMES - or more often
lied()
{
	[ "$(cat /sys/module/hmt_lie/parameters/told)" -ge "$1" ]
}

# The liar is asked before the one that tells the truth, and what it says to be
# accessed is not mapped.
lies()
{
	load
	modprobe hmt_lie
	start main hmt_pattern 8
	tell main pattern 7
	tell main touch
	chain
	workload main "pids=$(pid_of main)" "providers=lie accessed" \
		dry_run=1 scan_interval_ms=20 samples=1
	go_live main
	wait_until "$limit" lied 5
	passes main 2
	[ "$(cat /sys/module/hmt_lie/parameters/believed)" -eq 0 ]
	# Refused at once, and found out later; errors of its own; nothing taken.
	note "$(stat_of main providers | head -n 1), heat of $(stat_of main heat_bytes) bytes"
	[ "$(provider_stat lie 2)" -eq 0 ]
	[ "$(provider_stat lie 3)" -eq 0 ]
	[ "$(provider_stat lie 5)" -gt 5000 ]
	[ "$(provider_stat lie 6)" -ge 4 ]
	[ "$(provider_stat accessed 5)" -eq 0 ]
	[ "$(provider_stat accessed 6)" -eq 0 ]
	# One byte a page that has a table.
	[ "$(stat_of main heat_bytes)" -le $((32 * 512)) ]
	[ "$(heat_of main)" = "hot=293 missed=0 wrong=0" ]
	finish main
	go_idle main
	errno ok rmmod hmt_lie
}
