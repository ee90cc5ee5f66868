# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Modules and configuration are removed while pages move.

tests=(
	"refused   hmt and a provider in use cannot be unloaded, and continue to work"
	"cycles    hmt is loaded, used and unloaded by force, repeatedly, at random moments"
	"teardown  the graph is removed under a live workload"
)

manage()
{
	commit_chain
	create_workload main "pids=$(pid_of main)" scan_interval_ms=10 samples=1 \
		promote_mib_per_s=max demote_mib_per_s=max limits=dram=0
	go_live main
}

refused()
{
	local before

	start_torture --mib 4 --threads 2
	manage
	wait_until "$limit" edge_total_above moved 0
	expect_errno "EAGAIN|EBUSY" rmmod hmt
	expect_errno "EAGAIN|EBUSY" rmmod hmt_accessed
	before=$(edge_total moved)
	configure_workload main limits=
	wait_until "$limit" edge_total_above moved "$before"
	wait_passes main 3
	go_idle main
	# The configuration holds hmt; a provider is held by live workloads only.
	expect_errno "EAGAIN|EBUSY" rmmod hmt
	expect_errno ok rmmod hmt_accessed
	expect_no_path "$config/providers/accessed"
	go_live main
	wait_passes main 2
	stop_program main
	exec 8</dev/hmt
	! hmtctl unload --force 8<&- 2>"$work/said" || fail "unloaded while it was open"
	expect_match "$(cat "$work/said")" "*: process $BASHPID (*) has /dev/hmt open*" "output"
	expect_path "$config/workloads/main"
	exec 8<&-
}

cycles()
{
	local i

	start_torture --mib 4 --threads 2
	for ((i = 0; i < 4 / scale; i++)); do
		manage
		wait_until "$limit" edge_total_above moved 0
		sleep "0.$((RANDOM % 10))"
		hmtctl unload --force
		no_modules || fail "still loaded"
		no_threads || fail "a thread is left"
	done
	stop_program main
}

teardown()
{
	start_torture --mib 4 --threads 2
	manage
	wait_until "$limit" edge_total_above moved 0
	remove_tiers
	wait_until "$limit" stat_is main state paused
	expect_errno EBUSY rmdir "$config/workloads/main"
	commit_chain
	wait_until "$limit" stat_is main state running
	# The workload is removed while a program has one of its files open.
	exec 7<"$config/workloads/main/stats/state"
	remove_tiers
	go_idle main
	rmdir "$config/workloads/main"
	exec 7<&-
	stop_program main
}
