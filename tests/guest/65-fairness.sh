# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Free memory of a tier that is short of it. If two workloads compete for a tier, the
# one with the hotter pages gets it, in whatever order they started.

tests=(
	"relieved a tier demotes the pages that exceed its watermark, and no more"
	"shared  pages that leave a tier are divided among its targets by their weights"
	"yields  a workload yields cold pages to hot pages of another one, and keeps its own hot pages"
	"equals  workloads do not yield hot pages, and then nothing moves"
)

# fill_up TIER NODE [PAGES] - set watermarks so that the memory that is free now, and
# PAGES more, must be free; store the size of the node in bytes in $whole
fill_up()
{
	local free

	read -r free <"$class/node$2/available"
	read -r whole <"$class/node$2/size"
	free=$((free + ${3-0} * 4096))
	echo $((free * 1000 / whole + 1)) >"$config/tiers/$1/high_watermark"
	echo $((free * 1000 / whole)) >"$config/tiers/$1/low_watermark"
	commit_graph
}

# Freed pages may be in lists of the CPUs, and count as free there too.
relieved()
{
	drop_caches
	commit_chain
	start_program main hmt_regions name=cold,mib=64,place=0
	fill_up dram 0 2048
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		demote_mib_per_s=max
	go_live main
	wait_until "$limit" stat_above main demoted 2047
	wait_passes main 10
	# A watermark has steps of a per mille, and other programs use memory too.
	get_stat main demoted
	expect_le "$result" $((8 * MIB + whole / 4096 / 1000 + 2 * MIB)) \
		"demoted pages"
	expect_steady main 3
	finish_program main
}

# is_spread FIRST SECOND - pages of "main" are on nodes 1 and 2 in that ratio
is_spread()
{
	local all=$((16 * MIB)) first second

	first=$(pages_on 1 main place cold)
	second=$(pages_on 2 main place cold)
	result="$first $second"
	[ $((first + second)) -eq "$all" ] &&
		[ $((second * ($1 + $2))) -ge $((all * $2 - all * $2 / 8)) ] &&
		[ $((second * ($1 + $2))) -le $((all * $2 + all * $2 / 8)) ]
}

shared()
{
	load_hmt
	stage_tier dram node0
	stage_tier cxl node1
	stage_tier pmem node2
	stage_edge dram cxl 0
	stage_edge dram pmem 1
	echo "3 1" >"$config/tiers/dram/weights"
	commit_graph
	start_program main hmt_regions name=cold,mib=16,place=0
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" is_spread 3 1
	expect_steady main 3
	expect_true is_spread 3 1
	finish_program main
}

# compete - programs "first" and "second", each with a workload, fill node 0
compete()
{
	local name

	fill_up dram 0
	for name in first second; do
		create_workload "$name" "pids=$(pid_of "$name")" scan_interval_ms=50 \
			samples=2 promote_mib_per_s=max demote_mib_per_s=max
		go_live "$name"
	done
}

yields()
{
	drop_caches
	commit_chain
	start_program first hmt_regions name=cold,mib=32,place=0 name=hot,mib=4,place=0,hot
	start_program second hmt_regions name=hot,mib=8,place=1,hot
	compete
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) second place hot
	expect_eq "$(pages_on 0 first place hot)" $((4 * MIB)) "pages of hot on node 0"
	# It yields as many cold pages as the other one demands; some may be moving.
	expect_ge "$(pages_on 0 first place cold)" $((8 * MIB)) \
		"pages of cold on node 0"
	expect_steady first 3
	expect_steady second 3
	finish_program first
	finish_program second
}

equals()
{
	drop_caches
	commit_chain
	start_program first hmt_regions name=hot,mib=16,place=0,hot
	start_program second hmt_regions name=hot,mib=8,place=1,hot
	compete
	wait_passes first 20
	wait_passes second 20
	# The watermarks are a per mille apart, so some 200 pages may leave.
	expect_ge "$(pages_on 0 first place hot)" 3584 "pages of hot on node 0"
	expect_le "$(pages_on 0 second place hot)" $((2 * MIB)) "pages of hot on node 0"
	expect_steady first 3
	expect_steady second 3
	finish_program first
	finish_program second
}
