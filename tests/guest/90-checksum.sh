# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Not one wrong byte, whatever moves.

tests=(
	"writers  threads that compare and rewrite all the time, and fork, remap, protect, discard and unmap"
	"cow      parent and child find what each wrote, with pages moving from right after the fork"
)

# Everything down, then everything hot up again, until the program is done.
toggle_limits()
{
	while ! is_dead "$(pid_of main)"; do
		echo "dram=0" >"$config/workloads/main/limits"
		sleep 0.3
		echo "dram=0 cxl=0" >"$config/workloads/main/limits"
		sleep 0.3
		echo "" >"$config/workloads/main/limits"
		sleep 0.3
	done
}

# torture ARGUMENT... - with a hostile configuration, until it ends
torture()
{
	chain
	start main hmt_torture "$@"
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mbps=max demote_mbps=max
	go_live main
	toggle_limits
	join main
	note "$(tail -n 1 "$work/main.out"), $(all_counters moved) moves"
	# Otherwise it proved nothing.
	[ "$(all_counters moved)" -gt 2000 ]
	stat_above main promoted 500
	stat_above main demoted 500
	go_idle main
}

writers()
{
	torture --mib 8 --seconds 15 --threads 2
}

cow()
{
	torture --mib 8 --seconds 8 --threads 1 --ops fork
}
