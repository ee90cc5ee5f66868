# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Free memory of a tier that is short of it. If two workloads compete for a tier, the
# one with the hotter pages gets it, in whatever order they started.

tests=(
	"relieved a tier demotes the pages that exceed its watermark, and no more"
	"shared  pages that leave a tier are divided among its targets by their weights"
	"yields  a workload yields cold pages to hot pages of another one, and keeps its own hot pages"
	"kept    a workload keeps the cold pages that it is guaranteed"
	"claimed  a workload gets what it is guaranteed of the hot pages of another one, which uses it before, and no more"
	"divided  workloads that are guaranteed more than a tier has divide it, whichever started first"
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

# compete [NAME ATTRIBUTE=VALUE] - programs "first" and "second", each with a
# workload, fill node 0; that of NAME has the attribute
compete()
{
	local name

	fill_up dram 0
	for name in first second; do
		create_workload "$name" "pids=$(pid_of "$name")" scan_interval_ms=50 \
			samples=2 promote_mib_per_s=max demote_mib_per_s=max
		[ "$name" != "${1-}" ] || configure_workload "$@"
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
	expect_steady first 3 16
	expect_steady second 3 16
	finish_program first
	finish_program second
}

# has_in_dram WORKLOAD PAGES - it has that many in the first tier, within 2 %; all
# pages of the program count, of which some cannot move
has_in_dram()
{
	read -r _ result _ <"$config/workloads/$1/stats/tiers"
	[ "$result" -ge $(($2 - $2 / 50)) ] && [ "$result" -le $(($2 + $2 / 50)) ]
}

# elsewhere COMMAND... - run it with its memory on node 2: other programs that use memory
# of a full tier leave less of it for guarantees
elsewhere()
{
	numactl --preferred=2 "$@"
}

# expect_finding CAUSE OPERAND... - hmtctl explain finds that cause
expect_finding()
{
	local cause=$1

	shift
	elsewhere hmtctl explain --json "$@" |
		elsewhere jq -r '.objects[].findings[].cause' >"$work/causes"
	expect_line "^$cause\$" "$work/causes"
}

# page_on NAME NODE REGION - address of a page of the region that is on the node
page_on()
{
	elsewhere hmtctl query --pages --json "$(pid_of "$1")" "$(ask_program "$1" range "$3")" |
		elsewhere jq -r "[.pages[] | select(.memory == \"node$2\").address][0]"
}

kept()
{
	drop_caches
	commit_chain
	start_program first hmt_regions name=cold,mib=16,place=0
	start_program second hmt_regions name=hot,mib=12,place=1,hot
	compete first protect=dram=12M
	wait_until "$limit" has_in_dram first $((12 * MIB))
	# The other one has still demand.
	wait_passes second 3
	expect_true stat_above second demand 0
	wait_passes first 3
	expect_true has_in_dram first $((12 * MIB))
	expect_finding guaranteed-to-others second
	expect_finding kept-guaranteed "$(pid_of first)" "$(page_on first 0 cold)"
	finish_program first
	finish_program second
}

claimed()
{
	drop_caches
	commit_chain
	start_program first hmt_regions name=hot,mib=16,place=0,hot
	start_program second hmt_regions name=hot,mib=12,place=1
	compete second protect=dram=8M
	wait_passes second 10
	expect_ge "$(pages_on 0 first place hot)" 3584 "pages of first on node 0"
	tell_program second hot hot
	wait_until "$limit" has_in_dram second $((8 * MIB))
	expect_steady first 3 16
	expect_steady second 3 16
	expect_true has_in_dram second $((8 * MIB))
	# Of 8 MiB, less what programs of the test have of the tier.
	expect_ge "$(pages_on 0 first place hot)" $((13 * MIB / 2)) \
		"pages of first on node 0"
	finish_program first
	finish_program second
}

# have_even_parts - "first" and "second" have the same in dram, within 10 %
have_even_parts()
{
	local first second

	read -r _ first _ <"$config/workloads/first/stats/tiers"
	read -r _ second _ <"$config/workloads/second/stats/tiers"
	result="$first $second"
	[ $((first * 100)) -ge $((second * 90)) ] &&
		[ $((second * 100)) -ge $((first * 90)) ]
}

divided()
{
	local first second

	drop_caches
	commit_chain
	start_program first hmt_regions name=hot,mib=16,place=0,hot
	start_program second hmt_regions name=hot,mib=16,place=1,hot
	# More than node 0 has.
	compete first protect=dram=1T
	configure_workload second protect=dram=1T
	wait_until "$limit" have_even_parts
	wait_passes first 3
	wait_passes second 3
	# Where programs hardly run, their pages are hot in turn.
	wait_until "$limit" have_even_parts
	# The one that takes its part takes no more, which would have to return.
	get_stat second returned
	note "returned pages of second: $result"
	expect_le "$result" $((2 * MIB)) "returned pages of second"
	read -r _ first <"$config/workloads/first/stats/guaranteed"
	read -r _ second <"$config/workloads/second/stats/guaranteed"
	expect_le "$((first + second))" $((18 * MIB)) "guaranteed pages"
	expect_ge "$((first + second))" $((14 * MIB)) "guaranteed pages"
	expect_finding guaranteed-less first
	# The part of one that is no longer guaranteed any is for the other one.
	configure_workload second protect=
	wait_until "$limit" pages_on_least 0 $((13 * MIB)) first place hot
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
	expect_steady first 3 16
	expect_steady second 3 16
	finish_program first
	finish_program second
}
