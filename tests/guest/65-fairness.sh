# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Room in a tier: what is given up, and for whom. Where two workloads want the same
# tier, the one whose pages are hot has it, whoever came first.

tests=(
	"relieved a tier gives up the pages that it has too many, and no more"
	"shared  what leaves a tier is shared out among its targets by their weights"
	"yields  a workload gives up cold pages for hot ones of another one, and keeps its own hot pages"
	"equals  nobody gives up hot pages, and then nothing moves"
)

# fill_up TIER NODE [PAGES] - leave no room there: what is free is to stay free,
# and so many pages more; leaves the size of the node in $whole, in bytes
fill_up()
{
	local free

	read -r free <"$class/node$2/available"
	read -r whole <"$class/node$2/size"
	free=$((free + ${3-0} * 4096))
	echo $((free * 1000 / whole + 1)) >"$config/tiers/$1/high_watermark"
	echo $((free * 1000 / whole)) >"$config/tiers/$1/low_watermark"
	commit
}

# What is freed waits in lists of the CPUs, and is free for all that.
relieved()
{
	quiet_memory
	chain
	start main hmt_regions name=cold,mib=64,place=0
	fill_up dram 0 2048
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		demote_mib_per_s=max
	go_live main
	wait_until "$limit" stat_above main demoted 2047
	passes main 10
	# A per mille is the smallest step of a watermark; others use memory, too.
	get_stat main demoted
	[ "$got" -le $((2048 + whole / 4096 / 1000 + 512)) ]
	steady main 3
	finish main
}

# spread FIRST SECOND - how the pages of "main" are to be on nodes 1 and 2
spread()
{
	local second

	second=$(on 2 main place cold)
	[ $(($(on 1 main place cold) + second)) -eq 4096 ] &&
		[ $((second * ($1 + $2))) -ge $((4096 * $2 - 4096 * $2 / 8)) ] &&
		[ $((second * ($1 + $2))) -le $((4096 * $2 + 4096 * $2 / 8)) ]
}

shared()
{
	load
	tier dram node0
	tier cxl node1
	tier pmem node2
	edge dram cxl 0
	edge dram pmem 1
	echo "3 1" >"$config/tiers/dram/weights"
	commit
	start main hmt_regions name=cold,mib=16,place=0
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" spread 3 1
	steady main 3
	spread 3 1
	finish main
}

# compete - programs "first" and "second", each with a workload, fill node 0
compete()
{
	local name

	fill_up dram 0
	for name in first second; do
		workload "$name" "pids=$(pid_of "$name")" scan_interval_ms=50 \
			samples=2 promote_mib_per_s=max demote_mib_per_s=max
		go_live "$name"
	done
}

yields()
{
	quiet_memory
	chain
	start first hmt_regions name=cold,mib=32,place=0 name=hot,mib=4,place=0,hot
	start second hmt_regions name=hot,mib=8,place=1,hot
	compete
	wait_until "$limit" on_least 0 2048 second place hot
	[ "$(on 0 first place hot)" -eq 1024 ]
	# Not all that is cold, but what was asked for; a part may be under way.
	[ "$(on 0 first place cold)" -ge 2048 ]
	steady first 3
	steady second 3
	finish first
	finish second
}

equals()
{
	quiet_memory
	chain
	start first hmt_regions name=hot,mib=16,place=0,hot
	start second hmt_regions name=hot,mib=8,place=1,hot
	compete
	passes first 20
	passes second 20
	# Both watermarks are a per mille apart, and some 200 pages may leave.
	[ "$(on 0 first place hot)" -ge 3584 ]
	[ "$(on 0 second place hot)" -le 512 ]
	steady first 3
	steady second 3
	finish first
	finish second
}
