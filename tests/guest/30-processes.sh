# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Processes come, fork, become other programs, and go, at any moment.

tests=(
	"churn            processes of a cgroup that fork, exec, exit and are killed while their pages move"
	"child-of-pid     children of a named process belong, and their hot pages rise"
	"become           a process that became another program is managed on"
	"cgroup-members   a cgroup's processes belong as long as they are in it or below"
	"end-of-process   a workload whose only process ends is empty and sane, and takes another one"
	"slaughter        kill -9 in the middle of moving, many times"
)

churn()
{
	in_cgroup=$(cgroup churn)
	start main hmt_churn 600 2
	chain
	workload main cgroup=/churn scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	wait_until "$limit" stat_above main processes 1
	toggle_until main $((4 / scale)) 200
	stop main
	note "$(tail -n 1 "$work/main.out"), $(all_counters moved) moves"
	wait_until "$limit" stat_is main processes 0
	stat_is main state running
	passes main 3
	stat_is main heat_bytes 0
}

child-of-pid()
{
	local child

	start main hmt_regions "name=hot,mib=8,hot"
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main processes 1
	child=$(ask main fork)
	wait_until "$limit" stat_is main processes 2
	[ "$(cat "$config/workloads/main/pids")" = "$(pid_of main)" ]
	configure main limits=dram=0
	wait_until "$limit" on_most 0 16 main child hot
	configure main limits=
	wait_until "$limit" on_least 0 1945 main child hot
	# A grandchild, and a child that outlives nobody.
	kill -9 "$child"
	wait_until "$limit" stat_is main processes 1
	passes main 2
	kill -9 "$(pid_of main)"
	wait_until "$limit" stat_is main processes 0
}

become()
{
	start main hmt_regions "name=hot,mib=8,hot,place=2"
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	wait_until "$limit" on_least 0 1945 main place hot
	for _ in 1 2 3; do
		[ "$(ask main exec)" = "ready $(pid_of main)" ]
		wait_until "$limit" on_least 0 1945 main place hot
		stat_is main processes 1
	done
	finish main
}

cgroup-members()
{
	local dir

	dir=$(cgroup some)
	mkdir "$dir/below"
	in_cgroup=$dir start one hmt_regions name=hot,mib=4,hot,place=2
	in_cgroup=$dir/below start two hmt_regions name=hot,mib=4,hot,place=2
	start other hmt_regions name=hot,mib=4,hot,place=2
	chain
	workload main cgroup=/some scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main processes 2
	wait_until "$limit" on_least 0 972 one place hot
	wait_until "$limit" on_least 0 972 two place hot
	ask two fork
	wait_until "$limit" stat_is main processes 3
	pid_of other >"$dir/cgroup.procs"
	wait_until "$limit" on_least 0 972 other place hot
	pid_of other >/sys/fs/cgroup/cgroup.procs
	wait_until "$limit" stat_is main processes 3
	[ "$(on 2 other place hot)" -eq 0 ]
	finish one
	finish two
	finish other
	wait_until "$limit" stat_is main processes 0
	rmdir "$dir/below"
	# Also the cgroup itself may go while the workload is live.
	rmdir "$dir"
	passes main 3
	stat_is main state running
}

end-of-process()
{
	start main hmt_regions name=hot,mib=8,hot,place=2
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50
	go_live main
	wait_until "$limit" on_least 0 1945 main place hot
	finish main
	wait_until "$limit" stat_is main processes 0
	stat_is main state running
	[ -z "$(cat "$config/workloads/main/pids")" ]
	passes main 3
	stat_is main heat_bytes 0
	start other hmt_regions name=hot,mib=8,hot,place=2
	configure main "pids=$(pid_of other)"
	wait_until "$limit" on_least 0 1945 other place hot
	finish other
	go_idle main
	# Named processes that are gone do not keep it from starting.
	errno "ok|EINVAL" write "$config/workloads/main/live" 1
}

slaughter()
{
	local i before

	chain
	workload main scan_interval_ms=10 samples=1 promote_mib_per_s=max \
		demote_mib_per_s=max limits=dram=0
	for i in {1..6}; do
		before=$(all_counters moved)
		start "p$i" hmt_regions name=some,mib=16,place=0
		configure main "pids=$(pid_of "p$i")"
		go_live main
		wait_until "$limit" all_above moved "$before"
		kill -9 "$(pid_of "p$i")"
		wait_until "$limit" stat_is main processes 0
		stat_is main state running
		[ "$i" -gt 3 ] || go_idle main
	done
}
