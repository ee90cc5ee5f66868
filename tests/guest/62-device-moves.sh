# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Moves to and from a device: by touch, by the engine, by programs, and under failures.

tests=(
	"compute   results of devices are right, with pages on either side, forked, moved, discarded and locked"
	"tiers     the engine moves pages to a device and back, counted on its edges"
	"excluded  excluded pages do not move to a device, nor return with neighbours"
	"follows   pages with the advice to follow a device move to it when it touches them, others do not"
	"bounces   pages that CPU and device touch in turn are held in system memory for a while"
	"failures  failed copies, lost interrupts and a hang cost time, and no data"
	"cases     a device reads and writes memory of each kind as a CPU does"
	"fights    concurrent writes of CPU, children and two devices to the same pages are all kept"
	"bound     a page that a CPU faults from a device stays on nodes that the process is bound to"
	"blind     pages that CPUs use are not promoted to memory that they cannot address"
)

# has_moved PROGRAM - its array is on the first device; munlock(2) leaves references to
# some pages in a list of the CPU for a while
has_moved()
{
	tell_program "$1" "sum 0 move"
	sim_has_least 0 $((1 * MIB))
}

compute()
{
	local command

	load_hmt
	load_sims 16 8
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0 sim1
	for command in "sum 0" "sum 0 move" touch "copy 0 move" "sum 1 move" \
		"sum 0 move" "stencil 0 move" rewrite "sum 0 move" fork \
		"sum 0 move" remap "sum 0 move" discard "sum 0 move" protect \
		"sum 0 move" bad lock "sum 0 move"; do
		tell_program main "$command"
	done
	# Pages that are locked in memory that CPUs address stay there.
	! is_private ||
		expect_eq "$(array_pages_on "$(<"$class/sim0/uid")")" 0 \
			"locked pages on sim0"
	for command in touch unlock "storm 2 0 1"; do
		tell_program main "$command"
	done
	wait_until "$limit" has_moved main
	finish_program main
	wait_until "$limit" sim_has_most 0 0
	wait_until "$limit" sim_has_most 1 0
}

tiers()
{
	local uid

	load_hmt
	load_sims 16
	uid=$(cat "$class/sim0/uid")
	expect_gt "$uid" 2147483647 "UID of sim0"
	commit_chain dram=node0 sim="$uid"
	expect_attribute sim0 tier sim
	start_program main hmt_sim_app 1 sim0
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	go_live main
	wait_until "$limit" sim_has_least 0 $((1 * MIB))
	expect_ge "$(moved_between node0 sim0)" 256 "pages moved from node0 to sim0"
	tell_program main touch
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers

	# The other way round, as with an accelerator.
	commit_chain sim=sim0 dram=node0
	tell_program main "sum 0 move"
	expect_true sim_has_least 0 $((1 * MIB))
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=sim=0
	go_live main
	wait_until "$limit" sim_has_most 0 0
	expect_ge "$(moved_between sim0 node0)" 256 "pages moved from sim0 to node0"
	finish_program main
}

excluded()
{
	local pid

	load_hmt
	load_sims 8
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	hmtctl exclude "$pid" "$(array_part 16 16)"
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" 240 "pages on sim0"
	hmtctl exclude --clear "$pid"
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	hmtctl exclude "$pid" "$(array_part 4 4)"
	hmtctl query "$pid" "$(array_part 0 16)" | grep -q ' movable=12 excluded=4;' ||
		fail "$(hmtctl query "$pid" "$(array_part 0 16)")"
	if is_private; then
		tell_program main "peek 0"
		expect_eq "$(pages_on_sim 0)" 252 "pages on sim0"
		# A touched page returns, excluded or not.
		tell_program main "peek 5"
		expect_eq "$(pages_on_sim 0)" 251 "pages on sim0"
		tell_program main "sum 0 move"
		expect_eq "$(pages_on_sim 0)" 255 "pages on sim0"
	fi
	finish_program main
}

follows()
{
	local pid

	load_hmt
	load_sims 8
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	hmtctl follow "$pid" "$(array_part 16 32)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 32 "pages on sim0"
	# Excluded pages do not follow.
	hmtctl exclude "$pid" "$(array_part 64 16)"
	hmtctl follow "$pid"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 240 "pages on sim0"
	hmtctl follow --clear "$pid"
	hmtctl exclude --clear "$pid"
	tell_program main discard
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 0 "pages on sim0"
	finish_program main
}

bounces()
{
	local i

	load_hmt
	load_sims 8
	set_bounce 1000000 1000000
	start_program main hmt_sim_app 1 sim0
	for i in {1..3}; do
		tell_program main "sum 0 move"
		expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
		tell_program main touch
	done
	if ! is_private; then
		note "CPUs address coherent memory, so that nothing returns"
		expect_eq "$(sim_counter 0 returned)" 0 "returned of sim0"
		expect_eq "$(sim_counter 0 bounced)" 0 "bounced of sim0"
		expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
		finish_program main
		return
	fi
	expect_eq "$(sim_counter 0 returned)" 768 "returned of sim0"
	# Each move counts on an edge, also without a graph.
	expect_eq "$(moved_between sim0 node0)" 768 "pages moved from sim0 to node0"
	expect_eq "$(moved_between node0 sim0)" 768 "pages moved from node0 to sim0"
	expect_ge "$(sim_counter 0 bounced)" 16 "bounced of sim0"
	expect_eq "$(sim_counter 0 held)" 0 "held of sim0"
	tell_program main "sum 0 move"
	expect_true sim_has_most 0 32
	expect_ge "$(sim_counter 0 held)" 16 "held of sim0"
	set_bounce 1000000 0
	tell_program main "sum 0 move"
	expect_eq "$(pages_on_sim 0)" $((1 * MIB)) "pages on sim0"
	finish_program main
}

failures()
{
	load_hmt
	load_sims 8
	start_program main hmt_sim_app 1 sim0
	set_knob 0 fail_copies 100
	tell_program main "sum 0 move"
	expect_gt "$(pages_on_sim 0)" 0 "pages on sim0"
	tell_program main touch
	# All pages are in system memory again, so that there are pages to copy.
	tell_program main discard
	set_knob 0 lose_interrupts 1
	tell_program main "sum 0 move"
	tell_program main touch
	set_knob 0 lose_interrupts 0
	expect_ge "$(cat /sys/kernel/debug/hmt_sim0/timeouts)" 1 "timeouts of sim0"
	# A process that waits for a page of a hanging device gets SIGBUS, and nothing
	# is lost.
	tell_program main rewrite
	tell_program main "sum 0 move"
	set_knob 0 hang Y
	tell_program main "sum 0"
	set_knob 0 hang N
	tell_program main touch
	finish_program main
}

cases()
{
	load_hmt
	load_sims 8 8
	set_bounce 0 0
	at_end eval 'echo 0 >/proc/sys/vm/nr_hugepages'
	echo 2 >/proc/sys/vm/nr_hugepages
	hmt_sim_cases sim0 sim1
	expect_true sim_has_most 0 0
	expect_true sim_has_most 1 0
}

# have_fought LEAST [TURNS...] - each writer has had LEAST turns since TURNS, or since
# the start
have_fought()
{
	local -a turns before=("${@:2}")
	local i

	result=$(ask_program main turns)
	read -ra turns <<<"$result"
	for i in "${!turns[@]}"; do
		[ "${turns[i]}" -ge $((${before[i]-0} + $1)) ] || return 1
	done
}

fights()
{
	local -a turns

	start_fight
	nap "$(soak_amount 1 180)"
	wait_until "$limit" have_fought 300
	note "turns of CPU, sim0, sim1: $(ask_program main turns)"
	# One page: the writers take it from each other again and again.
	tell_program main one
	read -ra turns <<<"$(ask_program main turns)"
	nap "$(soak_amount 1 180)"
	wait_until "$limit" have_fought 100 "${turns[@]}"
	note "with one page: $(ask_program main turns)"
	expect_gt "$(moved_between node0 sim0)" 0 "pages moved from node0 to sim0"
	! is_private ||
		expect_gt "$(moved_between sim1 node0)" 0 "pages moved from sim1"
	finish_program main
}

bound()
{
	if ! is_private; then
		note "CPUs address coherent memory, so that nothing returns"
		return
	fi
	load_hmt
	load_sims 8
	set_bounce 0 0
	commit_chain sim=sim0 cxl=node1 dram=node0
	start_program main hmt_sim_app 1 sim0
	tell_program main "sum 0 move"
	tell_program main touch
	expect_eq "$(array_pages_on 1)" $((1 * MIB)) "pages of the array on memory 1"
	finish_program main
	start_program second numactl --membind=0 hmt_sim_app 1 sim0
	tell_program second "sum 0 move"
	expect_eq "$(array_pages_on 0 second)" 0 \
		"pages of the array of second on memory 0"
	tell_program second touch
	expect_eq "$(array_pages_on 0 second)" $((1 * MIB)) \
		"pages of the array of second on memory 0"
	finish_program second
}

blind()
{
	if ! is_private; then
		note "CPUs can address memory that is coherent"
		return
	fi
	load_hmt
	load_sims 16
	commit_chain sim=sim0 dram=node0
	start_program main hmt_pattern 8
	tell_program main pattern 7
	tell_program main touch
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	wait_passes main 20
	expect_eq "$(stat_of main promoted)" 0 "promoted of main"
	expect_eq "$(moved_between node0 sim0)" 0 "pages moved from node0 to sim0"
	finish_program main
}
