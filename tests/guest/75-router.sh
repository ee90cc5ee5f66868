# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Kernel reclaim with the router, on machines where firmware describes the memories
# and where it does not.

tests=(
	"follows       reclaim demotes unmanaged memory and page cache along the graph, and counts it"
	"cpuset        reclaim by a task of a cpuset stays within the cpuset; reclaim from outside does if the kernel keeps it there"
	"kernel-again  the kernel chooses targets of nodes outside the graph, and of all nodes without the router"
)

# get_demoted NAME - pages of it that are on nodes 1 and 2
get_demoted()
{
	local first

	get_pages_on 1 main place "$1"
	first=$result
	get_pages_on 2 main place "$1"
	result=$((first + result))
}

demoted_pages()
{
	get_demoted "$1"
	echo "$result"
}

# are_demoted PAGES - reclaim a little, and check whether PAGES of each region have
# ever been demoted, and twice as many over each edge; the last tier drops page
# cache
are_demoted()
{
	local name

	reclaim_from_cgroup 1
	for name in anon file; do
		get_demoted "$name"
		[ "$result" -lt "$1" ] || touch "$work/demoted.$name"
	done
	[ -e "$work/demoted.anon" ] && [ -e "$work/demoted.file" ] &&
		edge_counter_above 0 2 kernel_demoted $((2 * $1)) &&
		edge_counter_above 2 1 kernel_demoted $((2 * $1))
}

# No kernel chooses this order of nodes by itself.
follows()
{
	local demoted counted killed

	make_disk "$work/mount"
	commit_chain a=node0 b=node2 c=node1
	set_kernel_demotion 1
	load_router
	in_cgroup=$(make_cgroup some)
	demoted=$(kernel_demotions)
	counted=$(edge_total kernel_demoted)
	killed=$(oom_kills)
	start_program main hmt_regions name=anon,mib=16,place=0 \
		"name=file,kind=file,mib=2,file=$work/mount/file,place=0"
	sync
	wait_until "$limit" are_demoted 128
	expect_eq "$(edge_counter 0 1 kernel_demoted)" 0 \
		"kernel_demoted from node 0 to node 1"
	expect_eq $(($(edge_total kernel_demoted) - counted)) $(($(kernel_demotions) - demoted)) \
		"kernel_demoted of all edges"
	expect_eq "$(edge_total moved)" 0 "moved, sum of all edges"
	expect_eq "$(oom_kills)" "$killed" "processes killed by the OOM killer"
	finish_program main
}

# reclaim_inside MIB - by a task of the cgroup, as at a limit
reclaim_inside()
{
	bash -c 'echo $$ >"$0/cgroup.procs" && echo "$1M" >"$0/memory.reclaim"' \
		"$in_cgroup" "$1" 2>/dev/null || :
}

reclaim_inside_demotes()
{
	reclaim_inside 2
	get_demoted some
	[ "$result" -gt 0 ]
}

# keeps_cpusets - whether this kernel passes the cpuset of the pages to
# next_demotion_node()
keeps_cpusets()
{
	grep -q ' mem_cgroup_node_filter_allowed$' /proc/kallsyms
}

# The cpuset of the reclaiming task counts and, on newer kernels, the one of the cgroup
# that owns the pages, which the router must not leave.
cpuset()
{
	local demoted

	commit_chain a=node0 b=node2 c=node1
	set_kernel_demotion 1
	load_router
	in_cgroup=$(make_cgroup some)
	echo 0 >"$in_cgroup/cpuset.mems"
	start_program main hmt_regions name=some,mib=16,place=0
	demoted=$(kernel_demotions)
	reclaim_inside 4
	reclaim_inside 4
	expect_eq "$(demoted_pages some)" 0 "demoted pages of some"
	expect_eq "$(kernel_demotions)" "$demoted" "pages demoted by the kernel"
	# The cpuset gets one more node, which is not the first target.
	echo 0-1 >"$in_cgroup/cpuset.mems"
	wait_until "$limit" reclaim_inside_demotes
	expect_eq "$(pages_on 2 main place some)" 0 "pages of some on node 2"
	if keeps_cpusets; then
		wait_until "$limit" reclaim_demotes 1 256 some
		expect_eq "$(pages_on 2 main place some)" 0 "pages of some on node 2"
		echo 0 >"$in_cgroup/cpuset.mems"
		demoted=$(kernel_demotions)
		reclaim_from_cgroup 1
		expect_eq "$(kernel_demotions)" "$demoted" "pages demoted by the kernel"
	else
		wait_until "$limit" reclaim_demotes 2 256 some
	fi
	finish_program main
}

# first_hop - node that most pages of node 0 are demoted to; 0 if there is none
first_hop()
{
	local one two

	start_program hop hmt_regions name=hop,mib=16,place=0
	reclaim_from_cgroup 4
	one=$(pages_on 1 hop place hop)
	two=$(pages_on 2 hop place hop)
	finish_program hop
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

	set_kernel_demotion 1
	in_cgroup=$(make_cgroup some)
	kernel=$(first_hop)
	note "the kernel goes from node 0 to $kernel"
	other=$((kernel == 1 ? 2 : 1))
	commit_chain "a=node0" "b=node$other"
	expect_eq "$(first_hop)" "$kernel" "node that the kernel demotes to"
	load_router
	expect_eq "$(first_hop)" "$other" "node that the kernel demotes to"
	remove_tiers
	expect_eq "$(first_hop)" "$kernel" "node that the kernel demotes to"
	commit_chain b=node1 c=node2
	expect_eq "$(first_hop)" "$kernel" "node that the kernel demotes to"
	remove_tiers
	commit_chain a=node0 "b=node$other"
	expect_eq "$(first_hop)" "$other" "node that the kernel demotes to"
	rmmod hmt_router
	expect_eq "$(first_hop)" "$kernel" "node that the kernel demotes to"
}
