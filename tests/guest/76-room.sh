# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Kernel reclaim is steered while memories fill and the router comes and goes.

tests=(
	"fallback      when the first target has no room the second is taken"
	"full          the same when it is really full, and nothing is killed"
	"no-room       when no target has room nothing is demoted, and nothing is killed"
	"reloads       the router comes and goes, and graphs are committed, under pressure"
)

# fork_graph - node 0 has two targets, node 1 first; neither has one itself
fork_graph()
{
	load
	tier a node0
	tier b node1
	tier c node2
	edge a b 0
	edge a c 1
	commit
}

# reserve TIER PERMILLE - of it are to stay free
reserve()
{
	echo "$2" >"$config/tiers/$1/low_watermark"
	echo "$2" >"$config/tiers/$1/high_watermark"
	commit
}

fallback()
{
	fork_graph
	demotion 1
	steer
	in_cgroup=$(cgroup some)
	start main hmt_regions name=anon,mib=16,place=0
	reserve b 999
	wait_until "$limit" sinks 2 1024 anon
	[ "$(on 1 main place anon)" -eq 0 ]
	reserve b 0
	wait_until "$limit" sinks 1 512 anon
	finish main
}

# Node 1 without its last MiB, for as long as "hog" lives. What the other CPU has in
# its lists is free, but the kernel kills who is bound to the node before it takes
# that: 6 MiB were seen.
fill()
{
	local free

	free=$(cat "$class/node1/available")
	start hog hmt_regions "name=hog,mib=$(((free >> 20) - 10)),place=1"
}

# Node 1 takes some MiB yet: the kernel allocates below what is called free.
full()
{
	local killed

	killed=$(killed)
	fork_graph
	reserve b 0
	demotion 1
	steer
	fill
	in_cgroup=$(cgroup some)
	start main hmt_regions name=anon,mib=32,place=0
	wait_until "$limit" sinks 2 2048 anon
	[ "$(killed)" -eq "$killed" ]
	finish main
	kill_programs
}

no-room()
{
	local killed demoted

	chain a=node0 b=node1 c=node2
	reserve b 999
	reserve c 999
	demotion 1
	steer
	in_cgroup=$(cgroup some)
	start main hmt_regions name=anon,mib=16,place=0
	killed=$(killed)
	demoted=$(demoted)
	reclaim 8
	reclaim 8
	[ "$(demoted)" -eq "$demoted" ]
	[ "$(on 0 main place anon)" -eq 4096 ]
	[ "$(killed)" -eq "$killed" ]
	finish main
}

# Processes that come, fill memory and go, and are reclaimed from all the time.
press()
{
	while kill -0 "$(pid_of main)" 2>/dev/null; do
		reclaim 8
	done
}

reloads()
{
	local i killed demoted

	killed=$(killed)
	chain a=node0 b=node2 c=node1
	demotion 1
	in_cgroup=$(cgroup some)
	start main hmt_churn 600 "$(size 16)"
	press &
	demoted=$(demoted)
	for ((i = 0; i < 4 / scale; i++)); do
		modprobe hmt_router
		commit
		reserve b $((i % 2 ? 999 : 0))
		modprobe -r hmt_router
	done
	[ "$(demoted)" -gt "$demoted" ]
	[ "$(killed)" -eq "$killed" ]
	stop main
}
