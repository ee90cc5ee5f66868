# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# The provider damon: accesses of a virtual machine, which the page tables of its
# host do not show. The nested guest runs on the emulated AMD-V.

tests=(
	"guest       accessed bits show no accesses of a virtual machine, and DAMON does"
	"several     processes of a cgroup with the same addresses are told apart"
	"forked      forked processes are monitored too"
	"killed      hmtd may be killed at any time, and the next one ends its monitor"
	"others      another user of DAMON keeps it, and hmtd waits"
	"damon-stat  DAMON_STAT keeps DAMON unless hmtd is requested to stop it, and runs again afterwards"
	"asked       a workload starts if the kernel has DAMON; otherwise the error says that it has none"
)

kdamonds=/sys/kernel/mm/damon/admin/kdamonds
damon_stat=/sys/module/damon_stat/parameters/enabled

# start_machine - a virtual machine that accesses 512 of its 2048 pages all the time
start_machine()
{
	load_hmt
	# The emulator has SVM.
	modprobe kvm_amd
	at_end modprobe -r kvm_amd
	start_program main hmt_pattern 8
	tell_program main first 512
	tell_program main guest
}

# watch_main PROVIDERS - and move nothing
watch_main()
{
	commit_chain
	create_workload main "pids=$(pid_of main)" "providers=$1" dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	wait_passes main 1
}

# end_hmtd - the test may have killed it
end_hmtd()
{
	kill "$hmtd" 2>/dev/null || :
	wait "$hmtd" 2>/dev/null || :
}

# set_damon_stat Y|N - switch the user of DAMON that many kernels start at boot
set_damon_stat()
{
	[ ! -e "$damon_stat" ] || echo "$1" >"$damon_stat"
}

damon_stat_is()
{
	[ ! -e "$damon_stat" ] || [ "$(<$damon_stat)" = "$1" ]
}

# start_hmtd [OPTION...] - default: --stop-damon-stat
start_hmtd()
{
	: >"$work/hmtd.err"
	hmtd --foreground --damon "${@---stop-damon-stat}" --verbose 2>>"$work/hmtd.err" &
	hmtd=$!
	at_end end_hmtd
	wait_until "$limit" grep -qx "hmtd: ready" "$work/hmtd.err"
}

monitors_are()
{
	read -r result <$kdamonds/nr_kdamonds && [ "$result" = "$1" ]
}

# guest_is_found - heat has nearly all accessed pages and few others: DAMON's regions
# begin and end at random, so that they do not match exactly
guest_is_found()
{
	local hot missed wrong

	result=$(heat_of main)
	IFS='=  ' read -r _ hot _ missed _ wrong <<<"$result"
	[ "$hot" -ge 448 ] && [ "$wrong" -le 128 ]
}

monitored()
{
	monitors_are 1 && [ "$(<$kdamonds/0/state)" = on ]
}

# stopped_while_monitoring - stop hmtd; retry if it is just restarting its monitor
stopped_while_monitoring()
{
	kill -STOP "$hmtd"
	! monitored || return 0
	kill -CONT "$hmtd"
	return 1
}

guest()
{
	local hot

	start_machine
	watch_main accessed
	# The guest maps the memory of the program during the first passes.
	wait_passes main 20
	hot=$(heat_of main)
	note "accessed: $hot"
	expect_eq "$hot" "hot=0 missed=512 wrong=0" "heat of main without DAMON"
	go_idle main
	configure_workload main "providers=accessed:1 damon:4"
	start_hmtd
	go_live main
	wait_until "$limit" guest_is_found
	note "damon: $(heat_of main)"
	expect_gt "$(provider_stat damon reports)" 0 "reports of damon"
	# Monitoring ends with the workload, and with the process.
	go_idle main
	wait_until "$limit" monitors_are 0
	go_live main
	wait_until "$limit" monitored
	finish_program main
	wait_until "$limit" monitors_are 0
	expect_no_path /run/hmt/damon
}

# get_hot PROGRAM - number of its pages that are accessed and have heat
get_hot()
{
	result=$(heat_of "$1")
	result=${result%% *}
	result=${result#hot=}
}

# has_hot PROGRAM - after DAMON has begun again, its first reports may be missing
has_hot()
{
	get_hot "$1"
	[ "$result" -gt 0 ]
}

are_told_apart()
{
	get_hot main
	[ "$result" -ge 448 ] || return 1
	get_hot idle
	[ "$result" -le 64 ]
}

several()
{
	load_hmt
	in_cgroup=$(make_cgroup some)
	start_program main hmt_pattern 2
	start_program idle hmt_pattern 2
	tell_program main touch
	commit_chain
	create_workload main cgroup=/some providers=damon dry_run=1 \
		scan_interval_ms=50 samples=1
	go_live main
	start_hmtd
	wait_until "$limit" are_told_apart
	note "touched: $(heat_of main), left alone: $(heat_of idle)"
	expect_eq "$(<$kdamonds/0/contexts/0/targets/nr_targets)" 2 "monitored processes"
	# One process ends, and the other one is still monitored.
	finish_program idle
	wait_until "$limit" eval "[ \"\$(<$kdamonds/0/contexts/0/targets/nr_targets)\" = 1 ]"
	wait_until "$limit" monitored
	wait_until "$limit" has_hot main
	finish_program main
}

# is_warm PID - by DAMON, the only provider
is_warm()
{
	hmtctl heat "$1" >"$work/warm" &&
		awk '{ warm += $3 } END { exit !(warm >= 448) }' "$work/warm"
}

targets_are()
{
	read -r result 2>/dev/null <$kdamonds/0/contexts/0/targets/nr_targets &&
		[ "$result" = "$1" ]
}

forked()
{
	local first

	load_hmt
	start_program main hmt_regions name=own,mib=2,hot
	watch_main damon
	start_hmtd
	wait_until "$limit" targets_are 1
	first=$(ask_program main fork)
	wait_until "$limit" targets_are 2
	expect_eq "$(stat_of main pids)" "$(pid_of main) $first" "pids of main"
	wait_until "$limit" is_warm "$first"
	note "$(tail -n 1 "$work/warm")"
	finish_program main
	wait_until "$limit" monitors_are 0
}

killed()
{
	load_hmt
	start_program main hmt_pattern 2
	watch_main damon
	start_hmtd
	# The next hmtd ends the monitor of one that was killed, and has its own.
	wait_until "$limit" stopped_while_monitoring
	kill -9 "$hmtd"
	wait "$hmtd" || :
	expect_path /run/hmt/damon
	expect_true monitored
	start_hmtd
	wait_until "$limit" targets_are 1
	wait_until "$limit" stopped_while_monitoring
	kill -9 "$hmtd"
	wait "$hmtd" || :
	expect_true monitored
	# It ends the monitor even if no workload needs one.
	go_idle main
	start_hmtd
	wait_until "$limit" monitors_are 0
	# SIGTERM ends the monitor.
	go_live main
	wait_until "$limit" monitored
	end_hmtd
	expect_true monitors_are 0
	finish_program main
}

try_write_damon()
{
	echo "$2" >"$kdamonds/$1"
} 2>/dev/null

# write_damon FILE TEXT - DAMON's sysfs may be busy for a moment
write_damon()
{
	wait_until "$limit" try_write_damon "$@"
}

end_other()
{
	monitors_are 0 && return
	write_damon 0/state off
	write_damon nr_kdamonds 0
}

damon-stat()
{
	local reason="DAMON is in use by the kernel's DAMON_STAT"

	load_hmt
	start_program main hmt_pattern 2
	watch_main damon
	set_damon_stat Y
	start_hmtd --foreground
	if [ -e "$damon_stat" ]; then
		wait_until "$limit" grep -q "$reason" "$work/hmtd.err"
		hmtctl status >"$work/status" || :
		expect_line "provider 'damon' reports no heat: $reason" "$work/status"
		expect_true damon_stat_is Y
	else
		wait_until "$limit" monitored
	fi
	end_hmtd
	# One that is killed leaves it off, and the next one starts it.
	start_hmtd
	wait_until "$limit" monitored
	expect_true damon_stat_is N
	kill -9 "$hmtd"
	wait "$hmtd" || :
	start_hmtd
	wait_until "$limit" monitored
	end_hmtd
	expect_true damon_stat_is Y
	expect_no_path /run/hmt/damon-stat
	finish_program main
}

others()
{
	local theirs

	set_damon_stat N
	at_end set_damon_stat Y
	load_hmt
	start_program main hmt_pattern 2
	write_damon nr_kdamonds 1
	at_end end_other
	write_damon 0/contexts/nr_contexts 1
	write_damon 0/contexts/0/operations vaddr
	write_damon 0/contexts/0/targets/nr_targets 1
	write_damon 0/contexts/0/targets/0/pid_target "$(pid_of main)"
	write_damon 0/state on
	theirs=$(<$kdamonds/0/pid)
	watch_main damon
	start_hmtd
	wait_until "$limit" grep -q "in use by another program" "$work/hmtd.err"
	end_hmtd
	expect_eq "$(<$kdamonds/0/pid)" "$theirs" "PID of the other monitor"
	expect_true monitored
	start_hmtd
	end_other
	wait_until "$limit" monitored
	expect_path /run/hmt/damon
	end_hmtd
	expect_true monitors_are 0
	finish_program main
}

asked()
{
	local status=0

	load_hmt
	start_program main hmt_pattern 2
	commit_chain
	create_workload main "pids=$(pid_of main)" providers=damon
	if [ -d $kdamonds ]; then
		expect_errno ok write "$config/workloads/main/live" 1
		start_hmtd
		wait_until "$limit" monitored
	else
		expect_errno EOPNOTSUPP write "$config/workloads/main/live" 1
		expect_message "provider 'damon': this kernel has no DAMON"
		hmtd --foreground --damon 2>"$work/hmtd.err" || status=$?
		expect_eq "$status" 3 "exit status of hmtd --damon"
		expect_line "this kernel has no DAMON" "$work/hmtd.err"
	fi
	finish_program main
}
