# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Functions of drivers of devices besides copies one after the other: copies from
# device to device, copies that are waited for later, prefetch, lent memory.

tests=(
	"peers     pages move from device to device in large jobs, straight where the driver can"
	"views     the best memory for a device is chosen by its own figures; unknown ones win nothing"
	"advised   a device that touches a page of its program brings no neighbour that has no advice"
	"offsets   accesses that a device reports by offset become heat of the processes that map the pages"
	"inside    accesses that a device reports by offset in a huge page become heat of these pages only"
	"prefetch  a range moves to a device before it is used, at once, and stops when the program is killed"
	"lends     a driver lends memory when HMT has none, and takes the coldest back"
	"fences    copies are submitted, and several are waited for at once; failures lose nothing"
)

# jobs_of N - jobs of the copy engine of device N
jobs_of()
{
	knob_of "$1" jobs
}

# knob_of N NAME
knob_of()
{
	echo "$(</sys/kernel/debug/hmt_sim"$1/$2")"
}

# whole_chunk - 512 pages of the array that begin at a multiple of 2 MiB
whole_chunk()
{
	local start

	start=$(ask_program main range)
	start=$((16#${start%-*} / 4096))
	array_part $(((512 - start % 512) % 512)) 512
}

# expect_bounced - 512 pages move from device 0 to device 1 in jobs of 64 pages
expect_bounced()
{
	local from to

	from=$(jobs_of 0)
	to=$(jobs_of 1)
	hmtctl move --to sim1 "$(pid_of main)" "$(whole_chunk)"
	expect_eq "$(pages_on_sim 1)" 512 "pages on sim1"
	expect_le $(($(jobs_of 0) - from)) 8 "jobs of sim0 for 512 pages to sim1"
	expect_le $(($(jobs_of 1) - to)) 8 "jobs of sim1 for 512 pages from sim0"
}

peers()
{
	local from

	load_hmt
	load_sims 4 4
	start_program main hmt_sim_app 4 sim0 sim1
	hmtctl move --to sim0 "$(pid_of main)" "$(whole_chunk)"
	expect_eq "$(pages_on_sim 0)" 512 "pages on sim0"
	expect_bounced
	# A copy that fails leaves its page where it was, and no other.
	set_knob 0 fail_copies 1
	hmtctl move --to sim0 "$(pid_of main)" "$(whole_chunk)"
	expect_eq "$(pages_on_sim 1)" 1 "pages on sim1"
	tell_program main "sum 1"
	finish_program main
	modprobe -r hmt_sim

	options=peers=1 modprobe_sims 4 4
	rm "$work/main.in"
	start_program main hmt_sim_app 4 sim0 sim1
	hmtctl move --to sim0 "$(pid_of main)" "$(whole_chunk)"
	from=$(jobs_of 0)
	expect_bounced
	expect_eq "$(jobs_of 0)" "$from" "jobs of sim0 for 512 pages to sim1"
	expect_eq "$(knob_of 1 peer_copies)" 512 "peer copies of sim1"
	tell_program main "sum 1"
	tell_program main touch
	finish_program main
}

# expect_best DEVICE... - first the memory that is best for sim0
expect_best()
{
	expect_eq "$(hmtctl best --devices sim0 "${@:2}")" "$1" \
		"output of hmtctl best --devices sim0 ${*:2}"
}

views()
{
	load_hmt
	# CPUs see coherent memory at 500 ns, the device its own at 50 ns.
	load_sims 4
	expect_attribute sim0 device_read_latency 50
	expect_attribute sim0 system_read_latency 0
	expect_best sim0
	expect_eq "$(hmtctl list -M sim0 |
		jq -c '.memories[0] | [.device_read_latency, .system_read_latency]')" \
		"[50,null]" "latencies for sim0 that hmtctl list prints"
	hmtctl list --table -M | grep -q '^sim0 ' || fail "no line of sim0"
	expect_best node0 --cpus 0
	modprobe -r hmt_sim
	options=system_ns=20 modprobe_sims 4
	expect_attribute sim0 system_read_latency 20
	expect_best node0
	modprobe -r hmt_sim
	options="system_ns=20 omit=perf" modprobe_sims 4
	expect_attribute sim0 device_read_latency 0
	# Its own figures are not known, so kinds decide.
	expect_best sim0
	expect_eq "$(hmtctl list -u -M sim0 |
		jq -r '.memories[0].device_read_latency')" unknown \
		"latency of sim0 that hmtctl list -u prints"
}

advised()
{
	local pid

	load_hmt
	load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	hmtctl follow "$pid" "$(array_part 19 1)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 1 "pages on sim0"
	hmtctl follow "$pid" "$(array_part 32 16)"
	hmtctl read-mostly "$pid" "$(array_part 40 1)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 16 "pages on sim0"
	finish_program main
}

fences()
{
	local i pid jobs waits start

	load_hmt
	at_end modprobe -r hmt_sim hmt_device
	expect_refused "'sim0' refused: operation 'wait' is missing" \
		megabytes=2 "base=${HMT_RESERVED:-0}" omit=wait
	options=async=1 load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	for i in {0..7}; do
		hmtctl exclude "$pid" "$(array_part $((i * 8 + 7)) 1)"
	done
	jobs=$(jobs_of 0)
	waits=$(knob_of 0 waits)
	hmtctl move --to sim0 "$pid" "$(array_part 0 64)"
	expect_eq "$(pages_on_sim 0)" 56 "pages on sim0"
	expect_eq $(($(jobs_of 0) - jobs)) 8 "jobs of sim0 for 8 parts of 64 pages"
	expect_eq $(($(knob_of 0 waits) - waits)) 1 "waits of the driver for them"
	hmtctl exclude --clear "$pid"
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" 256 "pages on sim0"
	tell_program main touch
	set_knob 0 fail_copies 100
	tell_program main "sum 0 move"
	tell_program main touch
	tell_program main discard
	set_knob 0 fail_copies 0
	set_knob 0 lose_interrupts 1
	tell_program main "sum 0 move"
	set_knob 0 lose_interrupts 0
	expect_ge "$(knob_of 0 timeouts)" 1 "timeouts of sim0"
	tell_program main rewrite
	tell_program main "sum 0 move"
	set_knob 0 hang Y
	tell_program main "sum 0"
	set_knob 0 hang N
	tell_program main touch
	tell_program main "storm 1 0"
	finish_program main
	modprobe -r hmt_sim

	# A slow link: the device copies 16 pages while HMT unmaps and maps others.
	options="async=1 bandwidth=500 system_ns=100" modprobe_sims 4
	start_program slow hmt_sim_app 1 sim0
	start=$(ask_program slow range)
	start=$((16#${start%-*}))
	hmtctl move --to sim0 "$(pid_of slow)" \
		"$(printf '%x-%x' $start $((start + 64 * 4096)))"
	expect_eq "$(pages_on_sim 0)" 64 "pages on sim0"
	expect_eq "$(jobs_of 0)" 4 "jobs of sim0 for 64 adjacent pages"
	expect_eq "$(knob_of 0 waits)" 4 "waits of the driver for them"
	tell_program slow "storm 1 0"
	finish_program slow
}

# heat_is TEXT
heat_is()
{
	result=$(heat_of main)
	[ "$result" = "$1" ]
}

offsets()
{
	load_hmt
	options="atc=4096 counter_threshold=4 counter_kib=4 counter_physical=1" \
		load_sims 8
	commit_chain dram=node0 sim=sim0
	start_program main hmt_pattern 1 sim0
	tell_program main pattern 7
	tell_program main device
	create_workload main "pids=$(pid_of main)" providers=counter dry_run=1 \
		samples=1 scan_interval_ms=20
	at_end modprobe -r hmt_counter
	go_live main
	# Such counters do not count memory of the system.
	wait_passes main 3
	expect_eq "$(provider_stat counter reports)" 0 "reports of counter"
	hmtctl move --to sim0 "$(pid_of main)"
	wait_until "$limit" heat_is "hot=37 missed=0 wrong=0"
	go_idle main
	finish_program main
}

inside()
{
	load_hmt
	options="atc=4096 counter_threshold=4 counter_kib=4 counter_physical=1" \
		load_sims 8
	commit_chain dram=node0 sim=sim0
	drop_caches
	start_program main hmt_pattern 4 sim0
	tell_program main large
	tell_program main "pattern 7"
	hmtctl move --to sim0 "$(pid_of main)"
	tell_program main device
	create_workload main "pids=$(pid_of main)" providers=counter dry_run=1 \
		samples=1 scan_interval_ms=20
	at_end modprobe -r hmt_counter
	go_live main
	wait_until "$limit" heat_is "hot=147 missed=0 wrong=0"
	go_idle main
	finish_program main
}

prefetch()
{
	local jobs

	load_hmt
	options=async=1 load_sims 8
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 prefetch"
	expect_eq "$(pages_on_sim 0)" 256 "pages on sim0"
	# In jobs of 64 pages, not of 16 as faults.
	expect_le "$(jobs_of 0)" 5 "jobs of sim0 for 256 pages"
	tell_program main touch
	set_knob 0 fail_alloc Y
	tell_program main "sum 0 prefetch"
	set_knob 0 fail_alloc N
	finish_program main
	modprobe -r hmt_sim

	# 8 MiB take 8 s.
	options=bandwidth=1 modprobe_sims 16
	start_program slow hmt_sim_app 8 sim0
	echo "sum 0 prefetch" >&"${program_in[slow]}"
	wait_until "$limit" sim_has_least 0 1
	kill -KILL "$(pid_of slow)"
	wait_until "$limit" is_dead "$(pid_of slow)"
	wait_until "$limit" sim_has_most 0 0
	expect_lt "$(moved_between node0 sim0)" 2048 "pages that moved to sim0"
}

# lent_mib N - HMT has N MiB of device 0
lent_mib()
{
	expect_attribute sim0 size $(($1 << 20))
}

lends()
{
	local pid

	load_hmt
	# Its driver has 8 MiB, of which it lends 6.
	options=lend=6 load_sims 8
	set_bounce 0 0
	lent_mib 2
	start_program main hmt_sim_app 4 sim0
	pid=$(pid_of main)
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" 1024 "pages on sim0"
	lent_mib 6
	# Two chunks have pages; the device uses the last quarter of the array again.
	hmtctl move --to sim0 "$pid" "$(array_part 0 1024)"
	tell_program main "glance 0 1023"
	drive_sim 0 room 2048 1000
	lent_mib 4
	drive_sim 0 room 2048 1000
	lent_mib 2
	expect_ge "$(array_pages_on "$(<"$class/sim0/uid")")" 256 "pages on sim0"
	tell_program main "glance 0 1023"
	tell_program main "sum 0"
	expect_errno EINVAL write /sys/kernel/debug/hmt_sim0/own "room 1 100"
	expect_errno ENOSPC write /sys/kernel/debug/hmt_sim0/own "room 16384 100"
	# The driver gives back what it took.
	drive_sim 0 give 0 2048
	tell_program main "sum 0 move"
	tell_program main touch
	finish_program main
}
