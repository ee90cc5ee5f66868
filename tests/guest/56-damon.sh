# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The provider damon: what a virtual machine accesses, which the page tables of
# its host do not show. The guest's guest runs on the emulated AMD-V.

tests=(
	"guest    accessed bits show nothing of what a virtual machine accesses, and DAMON does"
	"several  processes of a cgroup are told apart, at the same addresses"
	"forked   what processes fork is monitored, too"
	"killed   hmtd and its child may be killed at any time: nothing goes on monitoring"
	"others   who uses DAMON keeps it, and hmtd waits"
	"asked    a workload starts where the kernel has DAMON, and elsewhere is told that it has none"
)

kdamonds=/sys/kernel/mm/damon/admin/kdamonds

# A virtual machine that accesses 512 of its 2048 pages all the time.
machine()
{
	load
	# SVM is what the emulator has.
	modprobe kvm_amd
	at_end modprobe -r kvm_amd
	start main hmt_pattern 8
	tell main first 512
	tell main guest
}

# watched PROVIDERS - and nothing moves
watched()
{
	chain
	workload main "pids=$(pid_of main)" "providers=$1" dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	passes main 1
}

# It may have been killed by the test.
end_hmtd()
{
	kill "$hmtd" 2>/dev/null || :
	wait "$hmtd" 2>/dev/null || :
}

start_hmtd()
{
	hmtd --foreground --damon 2>>"$work/hmtd.err" &
	hmtd=$!
	at_end end_hmtd
	wait_until "$limit" hmtd_is ready
}

monitors_are()
{
	read -r got <$kdamonds/nr_kdamonds && [ "$got" = "$1" ]
}

# Nearly all that is accessed, and hardly anything else: regions have no sharp
# ends, as DAMON finds them by chance.
found()
{
	local hot missed wrong

	IFS='=  ' read -r _ hot _ missed _ wrong <<<"$(heat_of main)"
	[ "$hot" -ge 448 ] && [ "$wrong" -le 128 ]
}

monitored()
{
	monitors_are 1 && [ "$(<$kdamonds/0/state)" = on ]
}

# stopped - hmtd and its child, while a monitor is at work: the child ends it and
# starts it again when it cannot be read for a moment
stopped()
{
	kill -STOP "$hmtd" "$(child)"
	! monitored || return 0
	kill -CONT "$(child)" "$hmtd"
	return 1
}

guest()
{
	local hot

	machine
	watched accessed
	# What it takes to put the memory of the program into that of the guest.
	passes main 20
	hot=$(heat_of main)
	note "accessed: $hot"
	[ "$hot" = "hot=0 missed=512 wrong=0" ]
	go_idle main
	configure main "providers=accessed:1 damon:4"
	start_hmtd
	go_live main
	wait_until "$limit" found
	note "damon: $(heat_of main)"
	[ "$(provider_stat damon 3)" -gt 0 ]
	# It ends with the workload, and with the process.
	go_idle main
	wait_until "$limit" monitors_are 0
	go_live main
	wait_until "$limit" monitored
	finish main
	wait_until "$limit" monitors_are 0
	[ ! -e /run/hmt/damon ]
}

# get_hot PROGRAM - how many of its pages are
get_hot()
{
	got=$(heat_of "$1")
	got=${got%% *}
	got=${got#hot=}
}

told_apart()
{
	get_hot main
	[ "$got" -ge 448 ] || return 1
	get_hot idle
	[ "$got" -le 64 ]
}

several()
{
	load
	in_cgroup=$(cgroup some)
	start main hmt_pattern 2
	start idle hmt_pattern 2
	tell main touch
	chain
	workload main cgroup=/some providers=damon dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	start_hmtd
	wait_until "$limit" told_apart
	note "touched: $(heat_of main), left alone: $(heat_of idle)"
	[ "$(<$kdamonds/0/contexts/0/targets/nr_targets)" -eq 2 ]
	# One of them ends: the other one is still seen.
	finish idle
	wait_until "$limit" eval "[ \"\$(<$kdamonds/0/contexts/0/targets/nr_targets)\" = 1 ]"
	wait_until "$limit" monitored
	get_hot main
	[ "$got" -gt 0 ]
	finish main
}

# is_warm PID - and nobody but DAMON looks
is_warm()
{
	hmtctl heat "$1" >"$work/warm" &&
		awk '{ warm += $3 } END { exit !(warm >= 448) }' "$work/warm"
}

targets_are()
{
	read -r got 2>/dev/null <$kdamonds/0/contexts/0/targets/nr_targets &&
		[ "$got" = "$1" ]
}

forked()
{
	local first

	load
	start main hmt_regions name=own,mib=2,hot
	watched damon
	start_hmtd
	wait_until "$limit" targets_are 1
	first=$(ask main fork)
	wait_until "$limit" targets_are 2
	[ "$(stat_of main pids)" = "$(pid_of main) $first" ]
	wait_until "$limit" is_warm "$first"
	note "$(tail -n 1 "$work/warm")"
	finish main
	wait_until "$limit" monitors_are 0
}

child()
{
	pgrep -P "$hmtd"
}

# other CHILD - there is one, and not this one
other()
{
	local now

	now=$(child) && [ "$now" != "$1" ]
}

killed()
{
	local first

	load
	start main hmt_pattern 2
	watched damon
	start_hmtd
	wait_until "$limit" monitored
	# The child: there is another one.
	first=$(child)
	kill -9 "$first"
	wait_until "$limit" other "$first"
	grep -q "ended with status 9: starting it again" "$work/hmtd.err"
	wait_until "$limit" monitored
	# Its parent: the child ends, too, and takes its monitor along.
	kill -9 "$hmtd"
	wait_until "$limit" monitors_are 0
	# Both: what is left is found by the next one, also when there is nothing
	# to do for it.
	start_hmtd
	wait_until "$limit" stopped
	kill -9 "$(child)" "$hmtd"
	wait "$hmtd" || :
	[ -e /run/hmt/damon ]
	monitored
	go_idle main
	start_hmtd
	wait_until "$limit" monitors_are 0
	finish main
}

try_put()
{
	echo "$2" >"$kdamonds/$1"
} 2>/dev/null

# put FILE TEXT - DAMON's sysfs is busy for moments
put()
{
	wait_until "$limit" try_put "$@"
}

end_other()
{
	monitors_are 0 && return
	put 0/state off
	put nr_kdamonds 0
}

others()
{
	local theirs

	load
	start main hmt_pattern 2
	put nr_kdamonds 1
	at_end end_other
	put 0/contexts/nr_contexts 1
	put 0/contexts/0/operations vaddr
	put 0/contexts/0/targets/nr_targets 1
	put 0/contexts/0/targets/0/pid_target "$(pid_of main)"
	put 0/state on
	theirs=$(<$kdamonds/0/pid)
	watched damon
	start_hmtd
	wait_until "$limit" grep -q "in use by somebody else" "$work/hmtd.err"
	end_hmtd
	[ "$(<$kdamonds/0/pid)" = "$theirs" ]
	monitored
	start_hmtd
	end_other
	wait_until "$limit" monitored
	[ -e /run/hmt/damon ]
	end_hmtd
	monitors_are 0
	finish main
}

asked()
{
	load
	start main hmt_pattern 2
	chain
	workload main "pids=$(pid_of main)" providers=damon
	if [ -d $kdamonds ]; then
		errno ok write "$config/workloads/main/live" 1
		start_hmtd
		wait_until "$limit" monitored
		[ -n "$(child)" ]
	else
		errno EOPNOTSUPP write "$config/workloads/main/live" 1
		dmesg | grep -q "provider 'damon': this kernel has no DAMON"
		start_hmtd
		grep -q "this kernel has no DAMON" "$work/hmtd.err"
		[ -z "$(child)" ]
	fi
	finish main
}
