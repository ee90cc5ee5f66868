# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# configfs: tiers, the graph, and workloads.

load_hmt()
{
	modprobe hmt
	expect_path "$config"
}

# stage_tier NAME MEMORY...
stage_tier()
{
	mkdir -p "$config/tiers/$1"
	echo "${*:2}" >"$config/tiers/$1/memories"
}

# stage_edge FROM TO [ORDER]
stage_edge()
{
	ln -s "$config/tiers/$2" "$config/tiers/$1/demotion/${3-0}"
}

commit_graph()
{
	echo 1 >"$config/commit"
}

commit_status()
{
	cat "$config/status"
}

# graph_generation - generation of the live graph
graph_generation()
{
	sed -E 's/^generation ([0-9]+).*/\1/' "$config/status"
}

# expect_committed - the last commit was not refused
expect_committed()
{
	expect_eq "$(commit_status)" "generation $(graph_generation)" \
		"status after a commit"
}

# commit_chain [TIER=MEMORY...] - each tier demotes to the next one
commit_chain()
{
	local word last=

	[ $# -gt 0 ] || set -- dram=node0 cxl=node1 pmem=node2
	load_hmt
	for word; do
		stage_tier "${word%%=*}" "${word#*=}"
		[ -z "$last" ] || stage_edge "$last" "${word%%=*}"
		last=${word%%=*}
	done
	commit_graph
}

# create_workload NAME [ATTRIBUTE=VALUE...]
create_workload()
{
	mkdir "$config/workloads/$1"
	configure_workload "$@"
}

# configure_workload NAME ATTRIBUTE=VALUE...
configure_workload()
{
	local dir=$config/workloads/$1 word

	shift
	for word; do
		echo "${word#*=}" >"$dir/${word%%=*}"
	done
}

go_live()
{
	echo 1 >"$config/workloads/$1/live"
}

go_idle()
{
	echo 0 >"$config/workloads/$1/live"
}

# toggle_limits WORKLOAD - demote all pages by one tier, then by two, and let hot
# pages be promoted
toggle_limits()
{
	local limits

	for limits in dram=0 "dram=0 cxl=0" ""; do
		configure_workload "$1" "limits=$limits"
		wait_passes "$1" 4
	done
}

# toggle_limits_until WORKLOAD ROUNDS MOVES - at least ROUNDS times, and until
# MOVES pages have moved
toggle_limits_until()
{
	local end=$((SECONDS + limit)) i

	for ((i = 0; i < $2 || $(edge_total moved) < $3; i++)); do
		[ "$SECONDS" -lt "$end" ] ||
			fail "only $(edge_total moved) of $3 pages moved"
		toggle_limits "$1"
	done
}

# hmtd_is STATE - as hmt.ko reports it
hmtd_is()
{
	read -r result <"$config/hmtd" && [ "$result" = "$1" ]
}
