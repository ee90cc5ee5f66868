# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Kernel reclaim follows the graph. Runs where firmware tells the memories
# apart and where it does not.

tests=(
	"follows       memory and page cache that nobody manages sink as the graph says, and are counted"
	"cpuset        what a task of a cpuset reclaims stays in the cpuset; what is reclaimed from outside does not"
	"kernel-again  nodes outside the graph are the kernel's, and all of them without the router"
)

# below NAME - pages of it that are on nodes 1 and 2
below()
{
	echo $(($(on 1 main place "$1") + $(on 2 main place "$1")))
}

# sunk PAGES - reclaim a little; were so many of each region ever below, and did
# more come all the way down? At the end page cache is dropped, not kept.
sunk()
{
	local name

	reclaim 1
	for name in anon file; do
		[ "$(below "$name")" -lt "$1" ] || touch "$work/sunk.$name"
	done
	[ -e "$work/sunk.anon" ] && [ -e "$work/sunk.file" ] &&
		counter_above 0 2 kernel_demoted $((2 * $1)) &&
		counter_above 2 1 kernel_demoted $((2 * $1))
}

# The order of nodes is one that no kernel would choose.
follows()
{
	local demoted counted killed

	make_disk "$work/mount"
	chain a=node0 b=node2 c=node1
	demotion 1
	steer
	in_cgroup=$(cgroup some)
	demoted=$(demoted)
	counted=$(all_counters kernel_demoted)
	killed=$(killed)
	start main hmt_regions name=anon,mib=16,place=0 \
		"name=file,kind=file,mib=2,file=$work/mount/file,place=0"
	sync
	wait_until "$limit" sunk 128
	[ "$(counter 0 1 kernel_demoted)" -eq 0 ]
	[ $(($(all_counters kernel_demoted) - counted)) -eq $(($(demoted) - demoted)) ]
	[ "$(all_counters moved)" -eq 0 ]
	[ "$(killed)" -eq "$killed" ]
	finish main
}

# reclaim_inside MIB - as its own tasks do at a limit
reclaim_inside()
{
	bash -c 'echo $$ >"$0/cgroup.procs" && echo "$1M" >"$0/memory.reclaim"' \
		"$in_cgroup" "$1" 2>/dev/null || :
}

goes_below()
{
	reclaim_inside 2
	[ "$(below some)" -gt 0 ]
}

# Who reclaims counts, not whose pages they are.
cpuset()
{
	local demoted

	chain a=node0 b=node2 c=node1
	demotion 1
	steer
	in_cgroup=$(cgroup some)
	echo 0 >"$in_cgroup/cpuset.mems"
	start main hmt_regions name=some,mib=16,place=0
	demoted=$(demoted)
	reclaim_inside 4
	reclaim_inside 4
	[ "$(below some)" -eq 0 ]
	[ "$(demoted)" -eq "$demoted" ]
	# One more node is allowed, which is not the first choice.
	echo 0-1 >"$in_cgroup/cpuset.mems"
	wait_until "$limit" goes_below
	[ "$(on 2 main place some)" -eq 0 ]
	wait_until "$limit" sinks 2 256 some
	finish main
}

# first_hop - node that most pages of node 0 are demoted to, 0: none
first_hop()
{
	local one two

	start hop hmt_regions name=hop,mib=16,place=0
	reclaim 4
	one=$(on 1 hop place hop)
	two=$(on 2 hop place hop)
	finish hop
	rm "$work"/hop.*
	if [ $((one + two)) -lt 64 ]; then
		echo 0
	else
		echo $((one > two ? 1 : 2))
	fi
}

kernel-again()
{
	local kernel other

	demotion 1
	in_cgroup=$(cgroup some)
	kernel=$(first_hop)
	note "the kernel goes from node 0 to $kernel"
	other=$((kernel == 1 ? 2 : 1))
	chain "a=node0" "b=node$other"
	[ "$(first_hop)" -eq "$kernel" ]
	steer
	[ "$(first_hop)" -eq "$other" ]
	remove_tiers
	[ "$(first_hop)" -eq "$kernel" ]
	chain b=node1 c=node2
	[ "$(first_hop)" -eq "$kernel" ]
	remove_tiers
	chain a=node0 "b=node$other"
	[ "$(first_hop)" -eq "$other" ]
	rmmod hmt_router
	[ "$(first_hop)" -eq "$kernel" ]
}
