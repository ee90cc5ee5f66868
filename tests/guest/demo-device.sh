#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo of devices, run in the guest by tests/demo: a program and two
# simulated accelerators work on one array, and none of them copies it. HMT_QUERY
# reports where its pages are, because device memory is not a NUMA node. The
# program compares the results word by word.
#
# usage: demo-device.sh DIR    DIR is where the picture of the graph goes

set -euo pipefail

# The array, and the memory of each device, in MiB.
array=8 vram=24
pages=$((array * 256))
# Per mille of the array that must be on the memory of a step.
wanted=950
# Time limit for the engine to move them there, in seconds.
move_limit=60

# shellcheck source=SCRIPTDIR/demo-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/demo-lib.sh"

classes=/sys/class/hmt
names=(sim0 sim1 dram pmem)
memories=(sim0 sim1 node0)
uids=()
range=

prepare()
{
	local memory

	title "Memories: DRAM, an NVDIMM as a node, two accelerators"
	say "\$ vm-pmem"
	memories+=("node$(vm-pmem)")
	say "${memories[3]#node}"
	load_hmt
	say "\$ modprobe hmt_sim megabytes=$vram,$vram"
	modprobe hmt_sim "megabytes=$vram,$vram"
	for memory in "${memories[@]}"; do
		uids+=("$(<"$classes/$memory/uid")")
	done
	hmtctl list --memories --table
}

define_graph()
{
	title "The graph: sim0 -> dram -> pmem, and sim1 -> dram"
	make_chain sim0=sim0 dram=node0 "pmem=${memories[3]}"
	hmtctl tier create sim1 --memories sim1 --demote-to dram
	commit_graph
}

# tell_program COMMAND... - the answer must be "ok"
tell_program()
{
	say "$*" >&"$ask"
	wait_for_answer
	[ "$answer" = ok ] || die "'$*': $answer"
}

start_program()
{
	title "A program with an array of $array MiB, open on both devices"
	coproc PROGRAM { exec hmt_sim_app "$array" sim0 sim1; }
	program=$PROGRAM_PID
	attach "${PROGRAM[@]}"
	wait_for_answer
	say range >&"$ask"
	wait_for_answer
	range=$answer
	say "Process $program, array at $range, pages of 4 KiB by the UID of their memory:"
	printf '\n%-36s %10s %10s %6s %6s\n' "" "${names[@]}"
	printf '%-36s %10s %10s %6s %6s\n' "UID" "${uids[@]}"
}

# place - store the number of pages of the array on each memory in on[UID]
declare -A on
place()
{
	local uid count

	on=()
	while read -r uid count; do
		on[$uid]=$count
	done < <(command hmtctl query --json "$program" "$range" |
		jq -r '.memories[] | "\(.uid) \(.pages)"')
}

# row TEXT
row()
{
	local uid counts=()

	for uid in "${uids[@]}"; do
		counts+=("${on[$uid]:-0}")
	done
	printf '%-36s %10d %10d %6d %6d\n' "$1" "${counts[@]}"
}

# has_reached INDEX - whether the array is on that memory
has_reached()
{
	place
	[ $((${on[${uids[$1]}]:-0} * 1000)) -ge $((pages * wanted)) ]
}

# step INDEX TEXT COMMAND... - the array is on memory INDEX afterwards
step()
{
	local count

	tell_program "${@:3}"
	has_reached "$1" || {
		count=${on[${uids[$1]}]:-0}
		row "$2"
		die "$2: $count of $pages pages on ${names[$1]} instead of $((wanted / 10)) %"
	}
	row "$2"
}

# arrive INDEX TEXT [COMMAND...] - wait until the array is on memory INDEX, by the engine
# or by the command; pages that bounced are held back for a while
arrive()
{
	local end=$((SECONDS + move_limit))

	until { [ $# -eq 2 ] || tell_program "${@:3}"; } && has_reached "$1"; do
		[ "$SECONDS" -lt "$end" ] || {
			row "$2"
			die "$2: not on ${names[$1]} in $move_limit s"
		}
		sleep 0.2
	done
	row "$2"
}

work_together()
{
	step 2 "the program fills it" touch
	step 0 "sim0 adds it up" sum 0 move
	step 2 "the program compares it" touch
	step 1 "sim1 computes a stencil of it" stencil 1 move
	step 0 "sim0 takes it over from sim1" sum 0 move
	step 2 "the program writes other words" rewrite
	step 1 "sim1 adds them up" sum 1 move
	step 2 "a child and the program write" fork
	tell_program storm 2 0 1
	place
	row "all three in turn, for 2 s"
	say "   64 KiB bounced $(<"$classes/sim0/bounced") times, held back $(<"$classes/sim0/held") times by sim0"
	arrive 0 "sim0 adds it up, until the hold ends" sum 0 move
}

demote_and_promote()
{
	hmtctl workload create demo --add-pid "$program" --interval 50 \
		--limits sim0=0 --start
	arrive 2 "the engine empties sim0"
	hmtctl workload set demo --limits "sim0=0 dram=0"
	arrive 3 "... and dram as well"
	hmtctl workload stop demo
	step 1 "sim1 adds it up" sum 1 move
}

show_edges()
{
	local file edge

	command hmtctl list --dot >"$1/graph.dot"
	title "Pages that moved, by edge"
	for file in "$classes"/*/edges/*/moved; do
		edge=${file#"$classes"/}
		edge=${edge%/moved}
		printf '%-20s %8d\n' "${edge/\/edges\// -> }" "$(<"$file")"
	done
}

remove_devices()
{
	title "The devices are removed with pages on them"
	say close >&"$ask"
	wait_for_answer
	say "\$ modprobe -r hmt_sim"
	modprobe -r hmt_sim hmt_device
	uids=("none" "none" "${uids[@]:2}")
	step 2 "the program compares it" touch
	say quit >&"$ask"
	wait_for_answer
	wait "$program" || die "the program ended with status $?"
	program=
	[ "$answer" = ok ] || die "the array is wrong at the end: $answer"
}

main()
{
	[ $# -eq 1 ] || die "usage: demo-device.sh DIR"
	trap clean_up EXIT
	prepare
	define_graph
	start_program
	work_together
	demote_and_promote
	show_edges "$1"
	remove_devices
	remove_all demo sim0 sim1 dram pmem
	say ""
	say "Every word was right, and no program copied the array."
	say "DEMO PASSED"
}

main "$@"
