# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# A provider that does not answer (kunit/hmt_stall.c: kernels with KUnit).

tests=(
	"stalled   the engine goes on without it, and what it finds too late is refused"
	"outlived  processes and workloads end while it hangs; it cannot be unloaded before it returns"
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
