# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# hmtctl with real memories: setup, save and restore, dax devices, memory policies.

tests=(
	"setup          tiers are proposed from firmware's values, and written with --yes"
	"round-trip     a saved configuration is restored as it was, and a refused one changes nothing"
	"interrupted    a restore that a signal ends changes everything or nothing"
	"broken-files   damaged files change nothing"
	"online         a dax device becomes a movable node though another program brings memory online; a dry run changes nothing"
	"names          cgroups of any name are listed, saved and restored as they are called"
	"returns        memory of a tier is removed, and the command of udev's rule restores it"
	"held           an error names the process that holds memory, which stays whole"
	"run            pages are allocated from the named tiers, in the named shares; weights of the system are set on request only"
	"inversion      with watermarks the newest hot pages of a full machine are in the top tier"
)

blocks=/sys/devices/system/node/node2/memory
auto=/sys/devices/system/memory/auto_online_blocks
fraction=/proc/sys/vm/percpu_pagelist_high_fraction

# expect_refused CODE TEXT ARGUMENT... - hmtctl exits with CODE and prints TEXT
expect_refused()
{
	local code=0

	hmtctl "${@:3}" >"$work/said" 2>&1 || code=$?
	expect_eq "$code" "$1" "status of hmtctl ${*:3} with $(cat "$work/said")"
	expect_match "$(cat "$work/said")" "*${2//\*/\\*}*" "output of hmtctl ${*:3}"
}

# expect_targets FROM TARGETS - of node FROM, in order
expect_targets()
{
	expect_attribute "node$1" demotes_to "$2"
}

setup()
{
	hmtctl load dax
	hmtctl setup >"$work/said"
	expect_line "^Tiers by latency and bandwidth" "$work/said"
	expect_line "^Nothing is written" "$work/said"
	expect_eq "$(commit_status)" "generation 0" "status"
	hmtctl setup --yes
	expect_targets 0 node1
	expect_targets 1 node2
	expect_targets 2 ""
	expect_attribute node2 tier pmem
	hmtctl setup --yes >/dev/null
	hmtctl list --memories node2 | jq -e '.memories[0] | .dax_device == ["dax0.0"] and
		.movable and .unmovable_permille == 0'
}

# expect_unchanged - the configuration is as it was saved in $work/a
expect_unchanged()
{
	hmtctl save --pids "$work/b"
	cmp "$work/a" "$work/b" || fail "$(diff "$work/a" "$work/b")"
}

# make_configuration - and save it in $work/a
make_configuration()
{
	commit_chain dram=node0 cxl=node1 pmem=node2
	stage_edge dram pmem 7
	echo 33 >"$config/tiers/cxl/low_watermark"
	commit_graph
	start_program main hmt_regions name=some,mib=4,hot
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		"limits=dram=1G" protect=dram=512M demote_mib_per_s=max
	go_live main
	hmtctl save --pids "$work/a"
}

round-trip()
{
	make_configuration
	# Without a change the workload is not stopped.
	wait_passes main 2
	hmtctl restore "$work/a"
	expect_true stat_above main passes 1
	expect_unchanged
	expect_refused 1 "protect 'dram=2G': more than the limit of the same tier" \
		workload set main --protect dram=2G
	expect_refused 1 "limits 'dram=1M': less than protect of the same tier" \
		workload set main --limits dram=1M
	expect_unchanged
	# Both, lower and higher, in the order that the kernel accepts.
	hmtctl workload set main --limits dram=64M --protect dram=32M
	expect_eq "$(<"$config/workloads/main/limits")" dram=67108864 "limits of main"
	hmtctl workload set main --limits dram=1G --protect dram=512M
	expect_unchanged

	# From another configuration, which is refused when the workload starts.
	configure_workload main live=0 limits=dram=1M
	expect_refused 1 "cannot start: protect of a tier is more than its limit; lower it or raise the limit" \
		workload start main
	configure_workload main protect= samples=5
	mkdir "$config/workloads/other"
	rm "$config"/tiers/dram/demotion/*
	stage_tier more node2
	echo node1 >"$config/tiers/pmem/memories"
	echo 20 >"$config/tiers/cxl/low_watermark"
	hmtctl restore "$work/a"
	expect_unchanged
	expect_true stat_is main state running
	expect_targets 0 "node1 node2"

	# From an empty one.
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	hmtctl restore "$work/a"
	expect_unchanged
	expect_true stat_is main state running

	# The kernel refuses the graph, and then a workload.
	jq '.tiers.pmem.demotion["0"] = "dram"' "$work/a" >"$work/bad"
	expect_refused 1 "cycle" restore "$work/bad"
	expect_unchanged
	expect_targets 0 "node1 node2"
	expect_true stat_is main state running
	jq '.workloads.main.samples = "65" | .tiers.dram.demotion = {"0":"cxl"}' \
		"$work/a" >"$work/bad"
	expect_refused 1 "workload 'main': samples '65'" restore "$work/bad"
	expect_unchanged
	expect_targets 0 "node1 node2"
	expect_true stat_is main state running

	# An attribute of another version.
	jq '.workloads.main.nosuch = "1"' "$work/a" >"$work/bad"
	expect_refused 1 "workload 'main': nosuch: this version of HMT has no such attribute" \
		restore "$work/bad"
	expect_unchanged
	expect_true stat_is main state running

	# Objects that do not exist.
	jq '.tiers.pmem.memories = "node2 node9" |
		.workloads.main.providers = "nosuch:1"' "$work/a" >"$work/bad"
	expect_refused 3 "memory 'node9' (tier 'pmem')" restore "$work/bad"
	expect_line "provider 'nosuch' (workload 'main')" "$work/said"
	finish_program main
	expect_refused 3 "process $(pid_of main) (workload 'main')" restore "$work/a"
}

# saves_as FILE - whether the configuration is that of FILE
saves_as()
{
	hmtctl save --pids "$work/b"
	cmp -s "$1" "$work/b"
}

interrupted()
{
	local i pid code signals=(TERM INT HUP QUIT)

	make_configuration
	jq '.tiers.dram.demotion = { "0": "pmem" } | .tiers.cxl.low_watermark = "11" |
		.tiers.pmem.low_watermark = "12" | .workloads.main.samples = "4" |
		.workloads.main.limits = ""' "$work/a" >"$work/want"
	hmtctl restore "$work/want"
	hmtctl save --pids "$work/new"
	hmtctl restore "$work/a"
	for i in {0..7}; do
		code=0
		env --default-signal=INT,QUIT hmtctl restore "$work/want" 2>"$work/said" &
		pid=$!
		nap "0.0$((5 + i * 11))"
		kill "-${signals[i % 4]}" "$pid" 2>"$work/said.kill" || :
		wait "$pid" || code=$?
		note "status $code"
		if [ "$code" -eq 0 ]; then
			expect_true saves_as "$work/new"
			hmtctl restore "$work/a"
		else
			expect_ge "$code" 129 "status of hmtctl restore with $(cat "$work/said")"
			expect_true saves_as "$work/a"
		fi
		expect_true stat_is main state running
	done
	finish_program main
}

broken-files()
{
	local i size generation

	make_configuration
	size=$(stat -c %s "$work/a")
	generation=$(commit_status)
	for ((i = 0; i < 6; i++)); do
		head -c $((i * (size - 2) / 6)) "$work/a" >"$work/bad"
		expect_refused 2 "'$work/bad'" restore "$work/bad"
	done
	for i in '{' '"' : n 0; do
		tr "$i" '\377' <"$work/a" >"$work/bad"
		expect_refused 2 "'$work/bad'" restore "$work/bad"
	done
	expect_eq "$(commit_status)" "$generation" "status"
	expect_unchanged
	finish_program main
}

# bring_online - repeatedly, as a careless rule of udev does
bring_online()
{
	local state

	while :; do
		for state in "$blocks"*/state; do
			# The block may have been removed.
			[ "$(cat "$state")" != offline ] || echo online >"$state" || :
		done
	done 2>/dev/null
}

expect_movable()
{
	expect_eq "$(hmtctl memory list | jq -r '.devices[0].movable')" true \
		"whether the memory of the dax device is movable"
}

online()
{
	local before i rule

	before=$(cat "$auto")
	at_end eval "echo $before >$auto"
	at_end hmtctl memory online dax0.0
	for i in online offline; do
		hmtctl memory offline --dry-run dax0.0 >"$work/said"
		expect_line "^dax0.0: would go offline: .* in use on node2, .* free elsewhere" \
			"$work/said"
		expect_movable
		hmtctl memory offline dax0.0
		hmtctl memory online -n dax0.0 >"$work/said"
		expect_line "^dax0.0: .* would go online as node2, movable" "$work/said"
		# arm64 has had the node since boot, without memory.
		expect_eq "$(compgen -G "$blocks*/state" || :)" "" \
			"blocks of memory of node 2"
		echo "$i" >"$auto"
		bring_online &
		rule=$!
		hmtctl memory online dax0.0
		kill "$rule"
		expect_movable
		expect_eq "$(cat "$auto")" "$i" "auto_online_blocks"
	done
	hmtctl memory online dax0.0 node2
}

# listed_cgroup WORKLOAD - followed by a dot, because a line end is removed
listed_cgroup()
{
	hmtctl list -W "$1" | jq -j '.workloads[0].cgroup'
	echo .
}

names()
{
	local i names=('/a b/c  d' '/ends in a blank ' '/quote"s'\''s' '/percent%40,comma;semi#hash'
		'/system.slice/db-x\x2d1.service:cri:1753b7' $'/tab\there' $'/bell\a, escape \e[1m'
		$'/\303\274ml\303\244ut' "/long/$(printf 'x%.0s' {1..200})")

	load_hmt
	for i in "${!names[@]}"; do
		mkdir -p "/sys/fs/cgroup${names[i]}"
		hmtctl workload create "w$i" --cgroup "${names[i]}"
		expect_eq "$(listed_cgroup "w$i")" "${names[i]}." "cgroup of w$i"
	done
	hmtctl save "$work/saved"
	remove_workloads
	hmtctl restore "$work/saved"
	for i in "${!names[@]}"; do
		expect_eq "$(listed_cgroup "w$i")" "${names[i]}." "cgroup of w$i, restored"
	done
	expect_refused 2 "not a path like /db/main" \
		workload set w0 --cgroup "/sys/fs/cgroup${names[0]}"
}

# The test runs the command of udev's rule for a new device.
returns()
{
	commit_chain dram=node0 cxl=node1 pmem=node2
	hmtctl save --tiers "$work/saved"
	at_end hmtctl memory online dax0.0
	start_program main hmt_regions name=low,mib=16,place=2 name=hot,mib=4,hot
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	hmtctl memory offline node2
	expect_eq "$(pages_on 2 main place low)" 0 "pages of low on node 2"
	expect_no_path "$class/node2"
	expect_refused 7 "memory 'node2' (tier 'pmem')" restore "$work/saved"
	wait_passes main 2

	# A device that the file does not have is left alone.
	jq 'del(.tiers.pmem) | .tiers.cxl.demotion = {}' "$work/saved" >"$work/less"
	hmtctl restore --device dax0.0 "$work/less"
	expect_no_path "$class/node2"
	# A node of that number that was of no device has no part in the device.
	jq '.memories.node2 |= (.origin = "firmware" | del(.dax_device, .dax_region, .serial))' \
		"$work/saved" >"$work/other"
	hmtctl restore --device dax0.0 "$work/other"
	expect_no_path "$class/node2"
	hmtctl restore --dry-run --device dax0.0 "$work/saved" >"$work/said"
	expect_line "^dax0.0: .* would go online as node2, movable" "$work/said"
	expect_no_path "$class/node2"
	hmtctl restore --device dax0.0 "$work/saved"
	expect_attribute node2 tier pmem
	expect_targets 1 node2
	expect_movable
	configure_workload main "limits=dram=0 cxl=0" demote_mib_per_s=max
	wait_until "$limit" pages_on_least 2 $((16 * MIB)) main place low

	# After a reboot there are no tiers.
	go_idle main
	remove_tiers
	hmtctl restore --device dax0.0 "$work/saved"
	expect_targets 1 node2
	finish_program main
}

held()
{
	start_program main hmt_regions name=pinned,mib=4,place=2,pin=16
	expect_refused 1 "process $(pid_of main) (hmt_regions) has" \
		memory offline node2 --timeout 2
	expect_line "free elsewhere" "$work/said"
	expect_movable
	expect_eq "$(cat "$blocks"*/state | sort -u)" online "states of all blocks"
	finish_program main
}

# share_on NODE NAME - per mille of the pages of a region
share_on()
{
	echo $(($(pages_on "$1" "$2" place some) * 1000 / 2560))
}

weights=/sys/kernel/mm/mempolicy/weighted_interleave

# reset_weights - as after boot: the kernel computes them, or all are 1
reset_weights()
{
	if [ -e "$weights/auto" ]; then
		echo true >"$weights/auto"
	else
		echo 0 | tee "$weights/node0" "$weights/node1"
	fi
}

run()
{
	commit_chain dram=node0 cxl=node1 pmem=node2
	start_program one hmtctl run -q --tier cxl -- hmt_regions name=some,mib=10
	expect_eq "$(share_on 1 one)" 1000 "per mille of one on node 1"
	finish_program one
	start_program bound hmtctl run --bind --tier pmem -- hmt_regions name=some,mib=10
	expect_eq "$(share_on 2 bound)" 1000 "per mille of bound on node 2"
	expect_line "hmtctl: run: bind of node2" "$work/bound.err"
	finish_program bound

	start_program two hmtctl run --tier dram=600,cxl=400 -- hmt_regions name=some,mib=10
	expect_line "plain interleave.*weights" "$work/two.err"
	expect_between "$(share_on 0 two)" 490 510 "per mille on node 0"
	finish_program two
	if [ -d "$weights" ]; then
		at_end reset_weights
		# A command that does not run leaves no weights.
		expect_refused 127 "'/nosuch': No such file" \
			run -q --set-weights --tier dram=600,cxl=400 -- /nosuch
		if [ -e "$weights/auto" ]; then
			expect_eq "$(<"$weights/auto")" true "weights of the kernel"
		else
			expect_eq "$(cat "$weights/node0" "$weights/node1")" $'1\n1' "weights"
		fi
		start_program three hmtctl run --set-weights --tier dram=600,cxl=400 -- \
			hmt_regions name=some,mib=10
		expect_eq "$(cat "$weights/node0" "$weights/node1")" $'3\n2' "weights"
		expect_between "$(share_on 0 three)" 590 610 "per mille on node 0"
		expect_between "$(share_on 1 three)" 390 410 "per mille on node 1"
		finish_program three
		expect_refused 125 "are set to something else" \
			run --set-weights --tier dram=500,cxl=250,pmem=250 -- true
	else
		expect_refused 125 "this kernel has no weights" \
			run --set-weights --tier dram=600,cxl=400 -- true
	fi

	expect_refused 125 "tier 'nosuch': has no node" run --tier nosuch -- true
	expect_refused 127 "'/nosuch': No such file" run -q --tier dram -- /nosuch
	expect_refused 126 "'/dev/null': " run -q --tier dram -- /dev/null
	expect_eq "$(hmtctl run -q --tier dram -- echo a -b --tier)" "a -b --tier" \
		"output of hmtctl run -q --tier dram -- echo a -b --tier"
}

# get_room NODE - free memory above the kernel's reserves, in MiB
get_room()
{
	read -r result <"$class/node$1/available"
	result=$((result >> 20))
}

# has_room NODE MIB
has_room()
{
	get_room "$1"
	[ "$result" -ge "$2" ]
}

# kernel_has_room NODE MIB - by the kernel's own count, which leaves out the free
# pages in the lists of CPUs: an allocation on another CPU does not get these
kernel_has_room()
{
	awk -v node="$1" -v wanted=$(($2 * MIB)) '
		/^Node [0-9]/ { mine = $2 + 0 == node }
		mine && $1 == "pages" && $2 == "free" { free = $3 }
		mine && $1 == "high" && free > $2 { room += free - $2 }
		END { exit room < wanted }' /proc/zoneinfo
}

# occupy_all_but MIB - of node 0, with unused huge pages, which are never touched
occupy_all_but()
{
	local file=/sys/devices/system/node/node0/hugepages/hugepages-2048kB

	at_end eval "echo 0 >$file/nr_hugepages"
	get_room 0
	echo $(((result - $1) / 2)) >"$file/nr_hugepages"
}

# The oldest pages occupy the fast memory, and the newest and hottest do not fit. Then
# cold pages are demoted, hot ones are promoted, and new pages are allocated there.
inversion()
{
	local size

	commit_chain dram=node0 cxl=node1 pmem=node2
	configure_tier dram 0 0
	in_cgroup=$(make_cgroup some)
	# HMT counts the pages in the lists of CPUs as free. Keep the lists short, so that
	# they do not hold most of the room below.
	at_end eval "echo 0 >$fraction"
	echo 1000 >"$fraction"
	# Leave nothing that reclaim could drop.
	drop_caches
	occupy_all_but 64
	start_program old hmt_regions name=some,mib=96
	start_program late hmt_regions name=some,mib=8,hot
	note "unmanaged: $(pages_on 0 late place some) of 2048 hot pages in the top tier"
	expect_ge "$(pages_on 1 late place some)" $((2 * MIB)) "pages of some on node 1"

	create_workload main cgroup=/some scan_interval_ms=50 samples=4 \
		promote_mib_per_s=max demote_mib_per_s=max
	size=$(($(cat "$class/node0/size") >> 20))
	configure_tier dram $((16000 / size)) $((32000 / size))
	go_live main
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) late place some
	wait_until "$limit" has_room 0 14
	wait_until "$limit" kernel_has_room 0 12
	start_program new hmt_regions name=some,mib=8,hot
	note "managed: $(pages_on 0 new place some) of 2048 new pages landed in the top tier"
	expect_ge "$(pages_on 0 new place some)" $((8 * MIB * 95 / 100)) \
		"pages of some on node 0"
	wait_passes main 10
	# A program that got no CPU time for some samples looked cold.
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) new place some
	wait_until "$limit" pages_on_least 0 $((8 * MIB * 95 / 100)) late place some
	go_idle main
	finish_program new
	finish_program late
	finish_program old
}

# configure_tier NAME LOW HIGH - watermarks, committed
configure_tier()
{
	echo "$2" >"$config/tiers/$1/low_watermark"
	echo "$3" >"$config/tiers/$1/high_watermark"
	commit_graph
}
