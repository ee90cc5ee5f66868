# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memory that KSM merges while HMT moves it.

tests=(
	"merging  hmm leaves pages alone that KSM merges, while ksmd runs at full speed"
	"forked   hmm leaves pages alone that KSM merges through the mapping of a child"
	"engine   hmtd moves pages of a mapping that KSM merges; without hmtd they stay and are counted"
)

ksm=/sys/kernel/mm/ksm

start_ksmd()
{
	put "$ksm/pages_to_scan" 20000
	put "$ksm/sleep_millisecs" 0
	at_end eval "echo 2 >$ksm/run; echo 0 >$ksm/run"
	echo 1 >"$ksm/run"
}

# push PROGRAM SECONDS - move all of it from node to node; the sum of pages that
# moved is in $moved, of pages that stayed for KSM or as they were shared in $stayed
push()
{
	local end=$((SECONDS + $2)) node=1 name count

	moved=0 stayed=0
	while [ "$SECONDS" -lt "$end" ]; do
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
	load
	start_ksmd
	start main hmt_merge own 16
	push main $((20 * scale))
	[ "$(<"$ksm/pages_sharing")" -gt 0 ] || fail "ksmd merged nothing"
	[ "$stayed" -gt 4096 ] || fail "only $stayed pages stayed for KSM"
	stop main
}

forked()
{
	load
	start_ksmd
	start main hmt_merge forked 16
	push main $((20 * scale))
	[ "$moved" -gt 0 ] || fail "nothing moved"
	[ "$stayed" -gt 0 ] || fail "no page was found shared"
	stop main
}

engine()
{
	local trace=/sys/kernel/tracing/trace
	local event=/sys/kernel/tracing/events/hmt/hmt_batch/enable

	chain
	start main hmt_regions name=some,mib=4,place=0,merge \
		name=other,mib=4,place=0
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" on_most 0 0 main place other
	passes main 3
	[ "$(on 0 main place some)" -eq 1024 ]
	stat_above main skipped_mergeable 1023
	echo >"$trace"
	echo 1 >"$event"
	at_end eval "echo 0 >$event"
	hmtd --foreground 2>>"$work/hmtd.err" &
	at_end kill "$!"
	wait_until "$limit" on_most 0 0 main place some
	grep -Eq 'hmt_batch: mover=hmtd .*reason=mergeable' "$trace"
	finish main
}
