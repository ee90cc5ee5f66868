# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Modules and configuration go away, when they may, while pages move.

tests=(
	"refused   hmt and a provider in use cannot be unloaded, and nothing breaks"
	"cycles    loaded, at work and unloaded by force, again and again, at random moments"
	"teardown  the graph is taken apart under a live workload"
)

manage()
{
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
}

refused()
{
	local before

	start_torture --mib 4 --threads 2
	manage
	wait_until "$limit" all_above moved 0
	errno "EAGAIN|EBUSY" rmmod hmt
	errno "EAGAIN|EBUSY" rmmod hmt_accessed
	before=$(all_counters moved)
	configure main limits=
	wait_until "$limit" all_above moved "$before"
	passes main 3
	go_idle main
	# What is configured keeps hmt; a provider is free when nobody is live.
	errno "EAGAIN|EBUSY" rmmod hmt
	errno ok rmmod hmt_accessed
	[ ! -e "$config/providers/accessed" ]
	go_live main
	passes main 2
	stop main
}

cycles()
{
	local i

	start_torture --mib 4 --threads 2
	for ((i = 0; i < 4 / scale; i++)); do
		manage
		wait_until "$limit" all_above moved 0
		sleep "0.$((RANDOM % 10))"
		hmtctl unload --force
		no_modules || fail "still loaded"
		no_threads || fail "a thread is left"
	done
	stop main
}

teardown()
{
	start_torture --mib 4 --threads 2
	manage
	wait_until "$limit" all_above moved 0
	remove_tiers
	wait_until "$limit" stat_is main state paused
	errno EBUSY rmdir "$config/workloads/main"
	chain
	wait_until "$limit" stat_is main state running
	# Nobody unmounts it under a program that has a file of it open.
	exec 7<"$config/workloads/main/stats/state"
	remove_tiers
	go_idle main
	rmdir "$config/workloads/main"
	exec 7<&-
	stop main
}
