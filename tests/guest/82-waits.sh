# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Processes that hold their mmap lock, that end, or that occupy a CPU: others do
# not wait for them, and they do not wait for HMT.

tests=(
	"held    a process that holds its mmap lock is left out: others have heat, and HMT stops and unloads"
	"killed  a request to a process that holds its mmap lock can be killed"
	"polled  the user of pages in a batch of a CPU that a real-time thread occupies does not wait for it"
	"ended   files and memory of a process that ends are free while a provider walks it"
)

slow=/sys/module/hmt_test_slow/parameters

held()
{
	local before

	modprobe hmt_test_hold
	start_program main hmt_pattern 8
	tell_program main pattern 7
	tell_program main touch
	start_program holder hmt_holder 64
	commit_chain
	create_workload main "pids=$(pid_of holder) $(pid_of main)" \
		scan_interval_ms=20 samples=1
	go_live main
	wait_passes main 2
	expect_eq "$(stat_of main skipped_locked)" 0 "skipped_locked of main"
	hold_lock holder
	wait_passes main 15
	expect_gt "$(stat_of main skipped_locked)" 10 "skipped_locked of main"
	expect_eq "$(provider_stat accessed errors)" 0 "errors of accessed"
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main"
	# It is visited again when it has released the lock.
	release
	wait_until "$limit" parameter_is "$hold/waiting" 0
	wait_passes main 1
	before=$(stat_of main skipped_locked)
	wait_passes main 3
	expect_eq "$(stat_of main skipped_locked)" "$before" \
		"skipped_locked of main without the lock"
	hold_lock holder
	wait_passes main 2
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	modprobe -r hmt_accessed hmt
	release
	finish_program main
	finish_program holder
	modprobe -r hmt_test_hold
}

killed()
{
	local pid range call

	modprobe hmt_test_hold
	commit_chain
	start_program holder hmt_holder 64
	pid=$(pid_of holder)
	range=$(ask_program holder range)
	hold_lock holder
	hmtctl query "$pid" "$range" >"$work/query" 2>&1 &
	call=$!
	hmtctl move --to cxl "$pid" "$range" >"$work/move" 2>&1 &
	wait_until "$limit" is_in_call "$call" ioctl
	wait_until "$limit" is_in_call "$!" ioctl
	kill -9 "$call" "$!"
	wait "$call" "$!" || :
	expect_true parameter_above "$hold/waiting" 0
	release
	finish_program holder
	modprobe -r hmt_test_hold
}

polled()
{
	local server=/sys/kernel/debug/sched/fair_server/cpu1/runtime

	load_hmt
	echo -1 >/proc/sys/kernel/sched_rt_runtime_us
	at_end eval "echo 950000 >/proc/sys/kernel/sched_rt_runtime_us"
	# Since 6.12 it leaves other threads a share of each CPU.
	[ -d /sys/kernel/debug/sched ] || mount -t debugfs none /sys/kernel/debug
	if [ -e "$server" ]; then
		at_end eval "echo $(<"$server") >$server"
		echo 0 >"$server"
	fi
	hmt_polled 1
}

try_umount()
{
	result=$(umount "$1" 2>&1)
}

ended()
{
	local i

	modprobe hmt_test_slow
	at_end modprobe -r hmt_test_slow
	commit_chain
	mkdir "$work/files"
	mount -t tmpfs none "$work/files"
	at_end try_umount "$work/files"
	echo data >"$work/files/file"
	# At 50 ms for each 2 MiB a walk takes longer than any limit here.
	start_program main hmt_holder 32768 "$work/files/file"
	create_workload main "pids=$(pid_of main)" providers=test_slow \
		scan_interval_ms=20 samples=1
	go_live main
	wait_until "$limit" parameter_above "$slow/visited" 2
	kill -9 "$(pid_of main)"
	wait "$(pid_of main)" 2>/dev/null || :
	wait_until 20 try_umount "$work/files"
	wait_until 20 stat_is main processes 0
	go_idle main
	expect_eq "$(provider_stat test_slow errors)" 0 "errors of test_slow"
}
