# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# How often samples are taken: more often while heat is young, and of a part of the
# pages while nothing changes.

tests=(
	"young  the first pass takes enough samples for a decision, and promotes hot pages"
	"found  a settled workload is looked at in parts, a change of its hot set is found, and it is placed again"
	"breaks  surveys begin before heat is as precise as it can be, and samples of all pages return again and again"
	"fast  a workload that is in the fastest tier is not sampled while there is room, and is once there is not"
	"limited  a new limit is enforced during surveys"
)

# The pages of a process may move from the sixth sample on, and passes have five.
young()
{
	commit_chain dram=node0 cxl=node1
	start_program main hmt_regions name=hot,mib=8,place=1,hot
	create_workload main "pids=$(pid_of main)" scan_interval_ms=2000 samples=5
	go_live main
	wait_passes main 1
	expect_gt "$(stat_of main promoted)" 0 "pages that the first pass promoted"
	finish_program main
}

# start_settled - wait until the hot pages of program main are in their place and
# surveys have begun
start_settled()
{
	commit_chain dram=node0 cxl=node1
	start_program main hmt_regions name=cold,mib=128,place=1 \
		name=one,mib=8,place=1,hot name=two,mib=8,place=1
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 samples=5
	go_live main
	wait_until $((limit * 2)) stat_above main promoted $((7 * MIB))
	wait_until $((limit * 4)) stat_above main surveys 1
}

# entries_each COUNTER - set $result to the entries that were scanned for each sample
# while stats/COUNTER grew by two
entries_each()
{
	local taken scanned before

	before=$(stat_of main "$1")
	taken=$(stat_of main samples_taken)
	scanned=$(cat "$config/providers/accessed/scanned")
	wait_until $((limit * 4)) stat_above main "$1" $((before + 1))
	taken=$(($(stat_of main samples_taken) - taken))
	scanned=$(($(cat "$config/providers/accessed/scanned") - scanned))
	result=$((scanned / taken))
}

# all_sampled NUMBER - check whether at least NUMBER samples of all pages were taken, not
# counted the five of each survey; one may be under way
all_sampled()
{
	local surveys taken

	get_stat main surveys
	surveys=$result
	get_stat main samples_taken
	taken=$result
	result=$((taken - 5 * surveys))
	[ "$result" -ge "$1" ]
}

# looks_at_parts - check whether two surveys have looked at one of eight words of the
# tables in use, and no sample of all pages came between them; it can while heat is young
looks_at_parts()
{
	entries_each surveys
	[ "$result" -lt $((8 * MIB / 2)) ]
}

found()
{
	local before

	start_settled
	expect_ge "$(pages_on 0 main place one)" $((7 * MIB)) \
		"pages of 'one' on node 0"
	wait_until $((limit * 12)) looks_at_parts
	note "$result entries in each sample of a survey"
	before=$(stat_of main promoted)
	tell_program main cold one
	tell_program main hot two
	wait_until $((limit * 8)) stat_above main promoted $((before + 7 * MIB))
	note "$(stat_of main surveys) surveys, $(stat_of main samples_taken) samples"
	finish_program main
}

# However many samples heat is the mean of.
breaks()
{
	start_settled
	all_sampled 1
	expect_lt "$result" 32 "samples of all pages before the surveys"
	wait_until $((limit * 8)) all_sampled $((32 + 3 * 5))
	finish_program main
}

# takes_none - check whether several passes took no sample
takes_none()
{
	local taken

	taken=$(stat_of main samples_taken)
	wait_passes main 5
	result=$(($(stat_of main samples_taken) - taken))
	[ "$result" -eq 0 ]
}

fast()
{
	local mib

	commit_chain dram=node0 cxl=node1
	start_program main hmt_regions name=anon,mib=144,place=0,hot
	create_workload main "pids=$(pid_of main)" scan_interval_ms=100 samples=5
	go_live main
	wait_until $((limit * 2)) takes_none
	expect_eq "$(stat_of main surveys)" 0 "surveys"
	# Less than twice the high watermark is left then.
	mib=$(($(cat "$class/node0/available") / 1048576 - 24))
	start_program others hmt_regions "name=anon,mib=$mib,place=0"
	wait_samples main 5
	finish_program others
	finish_program main
}

limited()
{
	local before

	start_settled
	before=$(stat_of main demoted)
	echo dram=4M >"$config/workloads/main/limits"
	wait_until $((limit * 4)) stat_above main demoted $((before + 3 * MIB))
	finish_program main
}
