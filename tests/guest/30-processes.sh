# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Processes that fork, exec, exit and are killed at any moment.

tests=(
	"churn            processes of a cgroup fork, exec, exit and are killed while their pages move"
	"child-of-pid     children of a listed process belong to the workload, and their hot pages are promoted"
	"become           a process is managed after exec as before"
	"cgroup-members   a process belongs to the workload as long as it is in the cgroup or below"
	"end-of-process   a workload whose only process ends has no heat, and accepts another process"
	"slaughter        SIGKILL in the middle of moving does no harm, many times"
)

churn()
{
	in_cgroup=$(make_cgroup churn)
	start_program main hmt_churn 600 2
	commit_chain
	create_workload main cgroup=/churn scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	wait_until "$limit" stat_above main processes 1
	toggle_limits_until main $((4 / scale)) 200
	stop_program main
	note "$(tail -n 1 "$work/main.out"), $(edge_total moved) moves"
	wait_until "$limit" stat_is main processes 0
	wait_until "$limit" stat_is main state waiting
	wait_passes main 3
	expect_true stat_is main heat_bytes 0
}

child-of-pid()
{
	local child

	start_program main hmt_regions "name=hot,mib=8,hot"
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main processes 1
	child=$(ask_program main fork)
	wait_until "$limit" stat_is main processes 2
	expect_eq "$(cat "$config/workloads/main/pids")" "$(pid_of main)" \
		"pids of workload main"
	configure_workload main limits=dram=0
	wait_until "$limit" pages_on_most 0 16 main child hot
	configure_workload main limits=
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) main child hot
	# First the child ends, then its parent.
	kill -9 "$child"
	wait_until "$limit" stat_is main processes 1
	wait_passes main 2
	kill -9 "$(pid_of main)"
	wait_until "$limit" stat_is main processes 0
}

become()
{
	start_program main hmt_regions "name=hot,mib=8,hot,place=2"
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) main place hot
	for _ in 1 2 3; do
		expect_eq "$(ask_program main exec)" "ready $(pid_of main)" \
			"answer to exec"
		wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) main place hot
		expect_true stat_is main processes 1
	done
	finish_program main
}

cgroup-members()
{
	local dir

	dir=$(make_cgroup some)
	mkdir "$dir/below"
	in_cgroup=$dir start_program one hmt_regions name=hot,mib=4,hot,place=2
	in_cgroup=$dir/below start_program two hmt_regions name=hot,mib=4,hot,place=2
	start_program other hmt_regions name=hot,mib=4,hot,place=2
	commit_chain
	create_workload main cgroup=/some scan_interval_ms=50
	go_live main
	wait_until "$limit" stat_is main processes 2
	wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) one place hot
	wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) two place hot
	ask_program two fork
	wait_until "$limit" stat_is main processes 3
	pid_of other >"$dir/cgroup.procs"
	wait_until "$limit" pages_on_least 0 $((4 * MIB * 95 / 100)) other place hot
	pid_of other >/sys/fs/cgroup/cgroup.procs
	wait_until "$limit" stat_is main processes 3
	expect_eq "$(pages_on 2 other place hot)" 0 "pages of hot on node 2"
	finish_program one
	finish_program two
	finish_program other
	wait_until "$limit" stat_is main processes 0
	rmdir "$dir/below"
	# The cgroup itself may be removed while the workload is live.
	rmdir "$dir"
	wait_passes main 3
	wait_until "$limit" stat_is main state waiting
}

end-of-process()
{
	start_program main hmt_regions name=hot,mib=8,hot,place=2
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50
	go_live main
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) main place hot
	finish_program main
	wait_until "$limit" stat_is main processes 0
	wait_until "$limit" stat_is main state waiting
	expect_eq "$(cat "$config/workloads/main/pids")" "" "pids of workload main"
	wait_passes main 3
	expect_true stat_is main heat_bytes 0
	start_program other hmt_regions name=hot,mib=8,hot,place=2
	configure_workload main "pids=$(pid_of other)"
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) other place hot
	finish_program other
	go_idle main
	# Listed processes that have ended do not prevent the start.
	expect_errno "ok|EINVAL" write "$config/workloads/main/live" 1
}

slaughter()
{
	local i before

	commit_chain
	create_workload main scan_interval_ms=10 samples=1 promote_mib_per_s=max \
		demote_mib_per_s=max limits=dram=0
	for i in {1..6}; do
		before=$(edge_total moved)
		start_program "p$i" hmt_regions name=some,mib=16,place=0
		configure_workload main "pids=$(pid_of "p$i")"
		go_live main
		wait_until "$limit" edge_total_above moved "$before"
		kill -9 "$(pid_of "p$i")"
		wait_until "$limit" stat_is main processes 0
		wait_until "$limit" stat_is main state waiting
		[ "$i" -gt 3 ] || go_idle main
	done
}
