# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Pages that KSM merges while HMT moves them.

tests=(
	"merging  hmm does not move pages that KSM may merge, while ksmd runs at full speed"
	"forked   hmm does not move pages that KSM merges through the mapping of a child"
	"engine   hmtd moves pages of a mapping that KSM may merge; without hmtd they stay and are counted"
)

ksm=/sys/kernel/mm/ksm

start_ksmd()
{
	write_until_end "$ksm/pages_to_scan" 20000
	write_until_end "$ksm/sleep_millisecs" 0
	at_end eval "echo 2 >$ksm/run; echo 0 >$ksm/run"
	echo 1 >"$ksm/run"
}

# move_repeatedly PROGRAM SECONDS - move all of it from node to node, at least four
# times; store the sum of moved pages in $moved, and of pages that stayed because
# they are mergeable or shared in $stayed
move_repeatedly()
{
	local end=$((SECONDS + $2)) node=1 name count i

	moved=0 stayed=0
	for ((i = 0; i < 4 || SECONDS < end; i++)); do
		while read -r name count; do
			case $name in
			moved) moved=$((moved + count)) ;;
			mergeable | shared) stayed=$((stayed + count)) ;;
			esac
		done < <(hmtctl move --to "node$node" "$(pid_of "$1")")
		node=$((1 - node))
	done
	note "$moved moved, $stayed stayed, $(<"$ksm/pages_sharing") merged"
}

merging()
{
	load_hmt
	start_ksmd
	start_program main hmt_merge own 16
	move_repeatedly main $(($(soak_amount 2 60 5) * scale))
	expect_gt "$(<"$ksm/pages_sharing")" 0 "pages_sharing"
	expect_gt "$stayed" $((16 * MIB)) "pages that stayed"
	stop_program main
}

forked()
{
	load_hmt
	start_ksmd
	start_program main hmt_merge forked 16
	move_repeatedly main $(($(soak_amount 2 60 5) * scale))
	expect_gt "$moved" 0 "pages that moved"
	expect_gt "$stayed" 0 "pages that stayed"
	stop_program main
}

engine()
{
	local trace=/sys/kernel/tracing/trace
	local event=/sys/kernel/tracing/events/hmt/hmt_batch/enable

	commit_chain
	start_program main hmt_regions name=some,mib=4,place=0,merge \
		name=other,mib=4,place=0
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" pages_on_most 0 0 main place other
	wait_passes main 3
	expect_eq "$(pages_on 0 main place some)" $((4 * MIB)) "pages of some on node 0"
	expect_true stat_above main skipped_mergeable $((4 * MIB - 1))
	echo >"$trace"
	echo 1 >"$event"
	at_end eval "echo 0 >$event"
	hmtd --foreground 2>>"$work/hmtd.err" &
	at_end kill "$!"
	wait_until "$limit" pages_on_most 0 0 main place some
	expect_line 'hmt_batch: mover=hmtd .*reason=mergeable' "$trace"
	finish_program main
}
