# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Numbers for a fleet: shares of pages and of accesses below the top tier, and
# pages that come back.

tests=(
	"pages     strr_permille is the share of pages below the top tier"
	"accesses  star_permille follows the accesses from tier to tier, not the pages, and forgets them when the program rests"
	"back      returned counts pages that move back within a minute, and no others"
)

# strr_fits - it is that of the lines of stats/tiers, of which the first is the top
strr_fits()
{
	local name pages rest all=0 low=0

	while read -r name pages rest; do
		all=$((all + pages))
		[ "$name" = dram ] || low=$((low + pages))
	done <"$config/workloads/main/stats/tiers"
	[ "$low" -gt 2000 ] && stat_is main strr_permille $((low * 1000 / all))
}

stat_below()
{
	get_stat "$1" "$2" && [ "$result" -lt "$3" ]
}

pages()
{
	start_program main hmt_regions name=fast,mib=4,place=0 name=slow,mib=12,place=1
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=1 dry_run=1
	expect_eq "$(stat_of main strr_permille)" 0 "strr_permille before the start"
	go_live main
	wait_until "$limit" strr_fits
	expect_true stat_above main strr_permille 500
	finish_program main
}

accesses()
{
	start_program main hmt_regions name=fast,mib=4,place=0 name=slow,mib=4,place=1
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=1 dry_run=1
	expect_eq "$(stat_of main star_permille)" 0 "star_permille before the start"
	tell_program main hot slow
	go_live main
	wait_until "$limit" stat_above main star_permille 800
	tell_program main cold slow
	tell_program main hot fast
	wait_until "$limit" stat_below main star_permille 300
	expect_eq "$(pages_on 1 main place slow)" $((4 * MIB)) "pages of slow on node 1"
	tell_program main cold fast
	wait_until "$limit" stat_is main star_permille 0
	finish_program main
}

back()
{
	start_program main hmt_regions name=some,mib=8,place=0
	commit_chain dram=node0 cxl=node1
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		limits=dram=0
	tell_program main hot some
	go_live main
	wait_until "$limit" pages_on_least 1 $((8 * MIB)) main place some
	expect_eq "$(stat_of main returned)" 0 "pages that returned by the first move"
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((8 * MIB)) main place some
	wait_until "$limit" stat_above main returned $((8 * MIB - 1))
	wait_passes main 2
	expect_true [ "$(stat_of main returned)" -le "$(stat_of main promoted)" ]
	finish_program main
}
