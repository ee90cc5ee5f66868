# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Memory and CPUs go and come back while pages move.

tests=(
	"target-goes   the memory of a target goes offline under a live workload or stays whole, and comes back"
	"cpu-goes      a CPU goes and comes back while pages move"
)

# states NODE - files of its memory blocks
states()
{
	echo "/sys/devices/system/node/node$1"/memory*/state
}

# offline NODE - all of it, or as far as it goes
offline()
{
	local file failed=0

	for file in $(states "$1"); do
		echo offline >"$file" || failed=1
	done 2>/dev/null
	return "$failed"
}

online()
{
	local file

	for file in $(states "$1"); do
		[ "$(cat "$file")" = online ] || echo online_movable >"$file"
	done
}

is_memory()
{
	[ -d "$class/node$1" ]
}

is_no_memory()
{
	[ ! -d "$class/node$1" ]
}

# in_tier NODE NAME
in_tier()
{
	[ "$(cat "$class/node$1/tier")" = "$2" ]
}

# Without its last memory the graph cannot be committed anew, but lives on.
check_gone()
{
	wait_until "$limit" is_no_memory 2
	[ ! -d "$class/node1/edges/node2" ]
	[ "$(on 2 main place low)" -eq 0 ]
	errno ENODEV write "$config/commit" 1
	[[ "$(status)" == *"'pmem'"*node2* ]]
	in_tier 1 cxl
}

# Both must be seen: pages leave with their memory, and what moves goes on.
target-goes()
{
	local before

	start main hmt_regions name=low,mib=32,place=0 name=moving,mib=16,hot
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max "limits=dram=0 cxl=0"
	go_live main
	wait_until "$limit" on_least 2 8192 main place low
	at_end online 2
	if offline 2; then
		note "node 2 went offline"
		check_gone
	else
		note "node 2 did not go offline"
		online 2
	fi
	stat_is main state running
	passes main 3
	before=$(all_counters moved)
	configure main "limits=dram=0"
	configure main limits=
	passes main 3
	online 2
	wait_until "$limit" is_memory 2
	wait_until "$limit" in_tier 2 pmem
	wait_until "$limit" test -d "$class/node1/edges/node2"
	wait_until "$limit" test -d "$class/node2/edges/node0"
	configure main "limits=dram=0 cxl=0"
	wait_until "$limit" on_least 2 8192 main place low
	commit
	[ "$(status)" = "generation $(generation)" ]
	finish main
}

cpu-goes()
{
	local cpu=/sys/devices/system/cpu/cpu1/online i

	start_torture --mib 4 --threads 2
	chain
	workload main "pids=$(pid_of main)" scan_interval_ms=20 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max
	at_end eval "echo 1 >$cpu"
	go_live main
	for i in 1 2 3 4; do
		configure main limits=dram=0
		echo 0 >"$cpu"
		passes main 2
		configure main limits=
		echo 1 >"$cpu"
		passes main 2
	done
	[ "$(all_counters moved)" -gt 1000 ]
	stop main
}
