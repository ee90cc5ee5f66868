# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Modules that are made for the API: the samples of the guides, and modules that were
# compiled with another version of it.

tests=(
	"provider  the sample provider loads when a workload names it, and its hits become heat"
	"device    pages move to the memory of the sample driver, and return when it is unloaded"
	"faults    the sample device computes on memory of a program, which follows it when advised and allowed"
	"reads     the sample device that reads has replicas, its own memory and access counters"
	"watched   a program that watches its memory with userfaultfd reports exactly the pages that it accesses, for a fault each; a kernel that cannot refuses"
	"watched-guest  the same for pages that its virtual machine accesses"
	"killed    a program that is killed does not wait for the end of its job on the sample device"
	"refused   wrong calls of a driver are refused, and change nothing"
	"version   a module of another major version of the API is refused with a message"
)

provider()
{
	local total

	commit_chain dram=node0
	start_program main hmt_pattern 8
	create_workload main "pids=$(pid_of main)" providers=sample dry_run=1 \
		scan_interval_ms=50 samples=1
	at_end modprobe -r hmt_sample_provider
	go_live main
	expect_path "$config/providers/sample"
	wait_passes main 3
	total=$(provider_stat sample hits)
	note "$total hits"
	expect_ge "$total" $((8 * MIB)) "hits of sample"
	expect_eq "$(provider_stat sample rejected)" 0 "rejected of sample"
	go_idle main
	modprobe -r hmt_sample_provider
	expect_no_path "$config/providers/sample"
}

device()
{
	local pid range

	load_hmt
	modprobe hmt_sample_device "base=${HMT_RESERVED:-0}"
	at_end modprobe -r hmt_sample_device hmt_device
	expect_path "$class/sample/uid"
	expect_eq "$(memory_attribute sample size)" $((8 << 20)) \
		"size of sample"
	commit_chain sample=sample dram=node0
	start_program main hmt_sim_app 4
	pid=$(pid_of main)
	range=$(ask_program main range)
	expect_eq "$(hmtctl move --to sample "$pid" "$range")" "moved 1024" \
		"output of hmtctl move"
	expect_attribute sample used $((4 << 20))
	# The driver copies the pages back.
	modprobe -r hmt_sample_device
	expect_no_path "$class/sample"
	expect_eq "$(ask_program main touch)" ok "words of main"
	finish_program main
}

moved_to_sample()
{
	cat "$class/node0/edges/sample/moved" 2>/dev/null || echo 0
}

faults()
{
	local before

	load_hmt
	modprobe hmt_sample_device_faults "base=${HMT_RESERVED:-0}"
	at_end modprobe -r hmt_sample_device_faults hmt_device
	expect_path /dev/hmt_sample
	start_program main hmt_sample_app 4
	tell_program main "add 5"
	expect_attribute sample used 0
	tell_program main bad
	tell_program main follow
	before=$(moved_to_sample)
	# Private memory returns when the program compares.
	tell_program main "add 7"
	expect_eq $(($(moved_to_sample) - before)) 1024 \
		"pages that moved to sample"
	finish_program main
	wait_until "$limit" expect_attribute sample used 0
	# Its memory counts as that of node 0, and a worker serves the faults.
	in_cgroup=$(make_cgroup elsewhere)
	echo 1 >"$in_cgroup/cpuset.mems"
	start_program other hmt_sample_app 4
	tell_program other follow
	tell_program other "add 3"
	expect_attribute sample used 0
	finish_program other
}

counter_has_reports()
{
	[ "$(provider_stat counter reports)" -gt 0 ]
}

reads()
{
	load_hmt
	modprobe hmt_sample_device_reads "base=${HMT_RESERVED:-0}"
	at_end modprobe -r hmt_sample_device_reads hmt_device
	expect_path /dev/hmt_sample_reads
	start_program main hmt_sample_app 1 /dev/hmt_sample_reads
	tell_program main "read 1"
	expect_attribute reads used 0
	tell_program main mostly
	tell_program main "read 2"
	expect_attribute reads used 0
	expect_ge "$(<"$class/reads/replicas_made")" 256 "replicas_made of reads"
	tell_program main write
	tell_program main "read 1"
	finish_program main

	commit_chain dram=node0
	start_program other hmt_sample_app 1 /dev/hmt_sample_reads
	tell_program other follow
	create_workload main "pids=$(pid_of other)" providers=counter dry_run=1 \
		scan_interval_ms=50 samples=1
	at_end modprobe -r hmt_counter
	go_live main
	wait_passes main 1
	tell_program other "read 16"
	# Private memory returns when the program compares.
	is_private || expect_attribute reads used 1048576
	wait_until "$limit" counter_has_reports
	go_idle main
	finish_program other
}

# words_written - turns of the sample device over the file
words_written()
{
	od -A n -t u8 -N 8 "$work/words" | tr -d ' '
}

has_written()
{
	[ "$(words_written)" -gt 0 ]
}

killed()
{
	load_hmt
	modprobe hmt_sample_device_faults "base=${HMT_RESERVED:-0}"
	at_end modprobe -r hmt_sample_device_faults hmt_device
	truncate -s 1M "$work/words"
	start_program main hmt_sample_app 1
	echo "long $work/words" >&"${program_in[main]}"
	wait_until "$limit" has_written
	kill -KILL "$(pid_of main)"
	wait_until "$limit" is_dead "$(pid_of main)"
	# It waited for the whole job before: 512 turns.
	expect_lt "$(words_written)" 512 "turns of the device"
}

refused()
{
	load_hmt
	modprobe hmt_device
	at_end modprobe -r hmt_device
	dmesg -C
	! modprobe hmt_test_refuse "base=${HMT_RESERVED:-0}" 2>"$work/error" ||
		fail "the module is loaded"
	expect_line "Resource temporarily unavailable" "$work/error"
	! dmesg | grep "instead of" || fail "a wrong call is accepted"
	expect_no_path "$class/refuse"
}

# expect_other_api MAJOR DEVICE
expect_other_api()
{
	dmesg -C
	! modprobe hmt_test_api "major=$1" "device=$2" 2>"$work/error" ||
		fail "API $1 is accepted"
	expect_line "Protocol error" "$work/error"
	expect_message "module hmt_test_api refused: compiled for API $1.[0-9]*, but HMT .* rebuild it"
}

version()
{
	load_hmt
	at_end modprobe -r hmt_test_api hmt_device
	expect_other_api 0 N
	expect_other_api 65535 N
	expect_other_api 0 Y
	expect_no_path "$config/providers/test_api"
	expect_no_path "$class/test_api"
	# The minor version is compatible.
	modprobe hmt_test_api minor=99
	expect_path "$config/providers/test_api"
	modprobe -r hmt_test_api
	expect_no_path "$config/providers/test_api"
}

# has_rwp - whether userfaultfd traps reads and writes of present pages
has_rwp()
{
	grep -q ' do_huge_pmd_uffd_rwp$' /proc/kallsyms
}

# watch_by COMMAND - the accesses of main, and of nothing else, become heat
watch_by()
{
	local answer pages faults

	expect_eq "$(ask_program main watch 50)" ok "answer to watch"
	tell_program main "$1"
	wait_passes main 4
	expect_eq "$(heat_of main)" "hot=293 missed=0 wrong=0" "heat of main by $1"
	tell_program main still
	answer=$(ask_program main watched)
	note "$1: $answer"
	pages=${answer#pages=}
	pages=${pages% *}
	faults=${answer#*faults=}
	expect_gt "$pages" $((2 * 293)) "pages that were reported"
	# The program and the kernel have some faults of their own.
	expect_between "$faults" "$pages" $((pages + 64)) "faults"
}

# start_watch COMMAND - start main and report what it accesses by COMMAND
start_watch()
{
	start_program main hmt_pattern 8
	tell_program main pattern 7
	if has_rwp; then
		commit_chain dram=node0
		create_workload main "pids=$(pid_of main)" providers=report dry_run=1 \
			scan_interval_ms=200 samples=1
		go_live main
		watch_by "$1"
	else
		expect_eq "$(ask_program main watch 50)" "Operation not supported" \
			"answer to watch"
	fi
	finish_program main
}

watched()
{
	start_watch touch
}

watched-guest()
{
	# The emulator has SVM.
	modprobe kvm_amd
	at_end modprobe -r kvm_amd
	start_watch guest
}
