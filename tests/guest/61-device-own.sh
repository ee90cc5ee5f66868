# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Device memory as HMT shows and accounts it: registration, reservations of the driver, charges.

tests=(
	"rejected  invalid devices are refused with a message, and nothing is left"
	"best      the best memory for devices and CPUs is one that all of them address, with room"
	"tools     hmtctl moves a process to a device and back, and shows where its pages are"
	"own       a driver reserves, takes and returns memory and empties the device, or changes nothing"
	"full      a device that is full or admits no page takes no more, and all results are right"
	"charges   pages on a device stay charged to their cgroup until they are freed"
	"swaps     a program that is swapped out computes on devices, and nothing is lost"
	"oom       a program that the OOM killer kills leaves no page on a device, and no charge"
)

# ram_address - print a multiple of 2 MiB at which the machine has memory
ram_address()
{
	local start

	start=$(sed -nE 's/^0*([0-9a-f]+)-.* : System RAM$/0x\1/p' /proc/iomem | tail -n 1)
	echo $(((start + 0x1fffff) & ~0x1fffff))
}

rejected()
{
	local ram

	ram=$(ram_address)
	load_hmt
	at_end modprobe -r hmt_sim hmt_device
	expect_refused "no device: give their sizes"
	expect_refused "must be multiples of 2 MiB" megabytes=3 \
		"base=${HMT_RESERVED:-0}"
	expect_refused "must be multiples of 2 MiB" megabytes=2 base=4096
	expect_refused "$(printf 'no room at 0x%x' "$ram")" megabytes=2 "base=$ram"
	expect_refused "'sim0' refused: operation 'copy' is missing" \
		megabytes=2 "base=${HMT_RESERVED:-0}" omit=copy
	options=omit=unmap load_sims 2
	dmesg -C
	! : 2>/dev/null <>/dev/sim0 || fail "opened without an operation"
	dmesg | grep -qF "operation 'unmap' is missing"
	modprobe -r hmt_sim
	# The second device is refused, and the first one is removed again.
	expect_refused "$(printf 'no room at 0x%x' "$ram")" megabytes=2,2 \
		"base=${HMT_RESERVED:-0},$ram"
}

best()
{
	load_hmt
	options=bandwidth=1000000,10 load_sims 8 2
	expect_eq "$(hmtctl best)" node0 "output of hmtctl best"
	expect_eq "$(hmtctl best --devices sim0 --bandwidth)" sim0 \
		"output of hmtctl best --devices sim0 --bandwidth"
	! hmtctl best --devices sim0 --size 1T || fail "room for a tebibyte"
	! is_private || {
		expect_eq "$(hmtctl best --devices sim0)" sim0 \
			"output of hmtctl best --devices sim0"
		# Memory that one of them cannot address is not for all of them.
		expect_eq "$(hmtctl best --devices "sim0 sim1")" node0 \
			"output of hmtctl best --devices sim0 sim1"
		expect_eq "$(hmtctl best --devices sim0 --cpus 0 --bandwidth)" node0 \
			"output of hmtctl best --devices sim0 --cpus 0 --bandwidth"
		# The device does not have enough memory.
		expect_eq "$(hmtctl best --devices sim0 --size 16M)" node0 \
			"output of hmtctl best --devices sim0 --size 16M"
	}
	modprobe -r hmt_sim
	! hmtctl best --devices sim0 || fail "best memory of a removed device"
}

tools()
{
	local pid range uid

	load_hmt
	load_sims 2
	commit_chain sim=sim0 dram=node0
	uid=$(<"$class/sim0/uid")
	start_program main hmt_sim_app 4 sim0
	pid=$(pid_of main)
	range=$(array_part 0 1024)
	hmtctl move --to sim0 "$pid" "$(array_part 0 256)"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	hmtctl query "$pid" "$range" >"$work/query"
	expect_line "^memory sim0: 256 pages, 0 warm, heat 0; movable=256; unmanaged=256" "$work/query"
	expect_line "^memory node0: 768 pages" "$work/query"
	# The device is smaller than the array.
	expect_eq "$(hmtctl move --to sim "$pid" "$range" | paste -sd' ')" \
		"moved 256 there 256 nomem 512" "output of hmtctl move"
	expect_eq "$(hmtctl query --pages "$pid" "$range" |
		awk '$2 == "sim0"' | wc -l)" $((2 * MIB)) \
		"pages on sim0 that hmtctl query lists"
	hmtctl move --to dram "$pid" "$range"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	tell_program main touch
	finish_program main
	expect_eq "$(moved_between node0 sim0)" $((2 * MIB)) "pages moved to sim0"
	expect_eq "$(moved_between sim0 node0)" $((2 * MIB)) "pages moved from sim0"
	modprobe -r hmt_sim
	expect_no_path "$class/node0/edges/sim0"
	! hmtctl move --to "$uid" $$ || fail "move to a removed device"
}

# expect_own_errno ERROR COMMAND... - of the driver of device 0
expect_own_errno()
{
	expect_errno "$1" write /sys/kernel/debug/hmt_sim0/own "${*:2}"
}

# expect_mib N - MiB of device 0 that HMT has
expect_mib()
{
	expect_attribute sim0 size $(($1 << 20))
}

own()
{
	local at

	load_hmt
	load_sims 8
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	expect_own_errno EINVAL take 0 0 100
	expect_own_errno EINVAL take 0 8196 100
	expect_own_errno EINVAL reserve 0
	expect_own_errno ENOSPC reserve 8192
	# Pages that cannot be copied stay, and no memory is taken.
	set_knob 0 fail_copies 1000000
	expect_own_errno ETIME take 0 8192 100
	expect_own_errno ETIME evacuate 100
	set_knob 0 fail_copies 0
	expect_mib 8
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	tell_program main touch
	tell_program main "sum 0 move"

	drive_sim 0 take 0 4096 10000
	expect_mib 4
	tell_program main touch
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	drive_sim 0 give 0 4096
	expect_mib 8

	drive_sim 0 reserve 2048
	at=$(<"/sys/kernel/debug/hmt_sim0/own")
	expect_mib 6
	# Memory of the driver cannot be taken again, and the attempt does not return it.
	expect_own_errno EBUSY take "$at" 2048 100
	expect_own_errno EBUSY take 0 8192 100
	expect_mib 6
	tell_program main touch
	tell_program main "sum 0 move"
	drive_sim 0 give "$at" 2048
	expect_mib 8

	drive_sim 0 evacuate 10000
	expect_true sim_has_most 0 0
	# The memory is closed: the device accesses the pages remotely.
	tell_program main "sum 0 move"
	expect_true sim_has_most 0 0
	finish_program main
}

full()
{
	load_hmt
	load_sims 2
	start_program main hmt_sim_app 2 sim0
	tell_program main "sum 0 move"
	expect_attribute sim0 available 0
	tell_program main "stencil 0 move"
	tell_program main rewrite
	tell_program main "copy 0 move"
	tell_program main discard
	tell_program main touch
	set_knob 0 fail_alloc Y
	tell_program main remap
	tell_program main "sum 0 move"
	finish_program main
}

get_charge()
{
	result=$(($(<"$in_cgroup/memory.current") >> 10))
}

# is_charged LEAST MOST - KiB
is_charged()
{
	get_charge
	[ "$result" -ge "$1" ] && [ "$result" -le "$2" ]
}

# wait_nothing_left - neither on devices nor in the cgroup
wait_nothing_left()
{
	wait_until "$limit" sim_has_most 0 0
	wait_until "$limit" sim_has_most 1 0
	wait_until "$limit" is_charged 0 1024
	wait_until "$limit" rmdir "$in_cgroup"
}

# CPUs charge in advance, which is within the MiB of tolerance on either side.
charges()
{
	local command before in_cgroup

	load_hmt
	load_sims 8 8
	set_bounce 0 0
	in_cgroup=$(make_cgroup charged)
	start_program main hmt_sim_app 4 sim0 sim1
	get_charge
	before=$result
	expect_ge "$before" 8192 "KiB charged at the start"
	for command in "sum 0 move" "copy 1 move" touch "sum 0 move"; do
		tell_program main "$command"
		get_charge
		expect_between "$result" $((before - 1024)) $((before + 1024)) \
			"KiB charged after $command"
	done
	expect_eq "$(pages_on_sim 0)" $((4 * MIB)) "pages on sim0"
	kill -9 "$(pid_of main)"
	wait_nothing_left
}

swaps()
{
	local command before in_cgroup

	make_swap
	load_hmt
	load_sims 8 8
	set_bounce 0 0
	in_cgroup=$(make_cgroup tight)
	start_program main hmt_sim_app 4 sim0 sim1
	before=$(vmstat_of pswpout)
	# Room for one array, which is on a device, and a part of the other one.
	echo 7M >"$in_cgroup/memory.max"
	for command in "sum 0 move" "copy 0" touch rewrite "sum 1 move" \
		"stencil 0" fork "sum 0 move" touch; do
		tell_program main "$command"
	done
	expect_gt "$(vmstat_of pswpout)" $((before + 256)) "pswpout"
	echo max >"$in_cgroup/memory.max"
	tell_program main "copy 1 move"
	finish_program main
	wait_nothing_left
}

oom()
{
	local in_cgroup

	load_hmt
	load_sims 8 8
	set_bounce 0 0
	in_cgroup=$(make_cgroup doomed)
	start_program main hmt_sim_app 4 sim0 sim1
	tell_program main "copy 0 move"
	expect_true sim_has_least 0 $((4 * MIB))
	echo "storm 1000 0 1" >&"${program_in[main]}"
	nap 0.2
	echo 4M >"$in_cgroup/memory.max"
	wait_until "$limit" is_dead "$(pid_of main)"
	grep -q '^oom_kill [1-9]' "$in_cgroup/memory.events"
	wait_nothing_left
}
