# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What hmtctl does with real memories: setup, save and restore, dax devices,
# memory policies.

tests=(
	"setup          tiers are proposed from what firmware says, and written when told to"
	"round-trip     a saved configuration comes back as it was, and a refused one changes nothing"
	"broken-files   damaged files change nothing"
	"online         a dax device becomes a movable node though something else puts memory online"
	"returns        memory that a tier names goes, and what udev's rule calls brings it back"
	"held           memory that cannot leave says who holds it, and stays whole"
	"run            pages come from the tiers that were named, in the shares that were named"
	"inversion      with watermarks the newest hot pages of a full machine are in the top tier"
)

blocks=/sys/devices/system/node/node2/memory
auto=/sys/devices/system/memory/auto_online_blocks

# refused CODE TEXT ARGUMENT... - hmtctl ends so and says that
refused()
{
	local code=0

	hmtctl "${@:3}" >"$work/said" 2>&1 || code=$?
	[ "$code" -eq "$1" ] || fail "hmtctl ${*:3}: status $code: $(cat "$work/said")"
	grep -qF -- "$2" "$work/said" || fail "hmtctl ${*:3}: $(cat "$work/said")"
}

# demotes FROM TARGETS - node numbers, in order
demotes()
{
	[ "$(cat "$class/node$1/demotes_to")" = "$2" ]
}

setup()
{
	hmtctl load dax
	hmtctl setup >"$work/said"
	grep -q "^Tiers by latency and bandwidth" "$work/said"
	grep -q "^Nothing is written" "$work/said"
	[ "$(status)" = "generation 0" ]
	hmtctl setup --yes
	demotes 0 node1
	demotes 1 node2
	demotes 2 ""
	[ "$(cat "$class/node2/tier")" = pmem ]
	hmtctl setup --yes >/dev/null
	hmtctl list --memories node2 | jq -e '.[0] | .dax_device == ["dax0.0"] and
		.movable and .unmovable_permille == 0'
}

# saved FILE - the configuration of now
saved()
{
	hmtctl save "$1"
}

configuration()
{
	chain dram=node0 cxl=node1 pmem=node2
	edge dram pmem 7
	echo 33 >"$config/tiers/cxl/low_watermark"
	commit
	start main hmt_regions name=some,mib=4,hot
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		"limits=dram=1G" demote_mib_per_s=max
	go_live main
}

round-trip()
{
	configuration
	saved "$work/a"
	# Nothing changes, so nobody is stopped.
	passes main 2
	hmtctl restore "$work/a"
	stat_above main passes 1
	saved "$work/b"
	cmp "$work/a" "$work/b"

	# From something else.
	configure main live=0 limits= samples=5
	mkdir "$config/workloads/other"
	rm "$config"/tiers/dram/demotion/*
	tier more node2
	echo node1 >"$config/tiers/pmem/memories"
	echo 20 >"$config/tiers/cxl/low_watermark"
	hmtctl restore "$work/a"
	saved "$work/b"
	cmp "$work/a" "$work/b"
	stat_is main state running
	demotes 0 "node1 node2"

	# From nothing.
	go_idle main
	rmdir "$config/workloads/main"
	remove_tiers
	hmtctl restore "$work/a"
	saved "$work/b"
	cmp "$work/a" "$work/b"
	stat_is main state running

	# The kernel refuses the graph, and then a workload.
	jq '.tiers.pmem.demotion["0"] = "dram"' "$work/a" >"$work/bad"
	refused 1 "cycle" restore "$work/bad"
	saved "$work/b"
	cmp "$work/a" "$work/b"
	demotes 0 "node1 node2"
	stat_is main state running
	jq '.workloads.main.samples = "65" | .tiers.dram.demotion = {"0":"cxl"}' \
		"$work/a" >"$work/bad"
	refused 1 "workload 'main': samples '65'" restore "$work/bad"
	saved "$work/b"
	cmp "$work/a" "$work/b"
	demotes 0 "node1 node2"
	stat_is main state running

	# Things that are not there.
	jq '.tiers.pmem.memories = "node2 node9" |
		.workloads.main.providers = "nosuch:1"' "$work/a" >"$work/bad"
	refused 3 "memory 'node9' (tier 'pmem')" restore "$work/bad"
	grep -q "provider 'nosuch' (workload 'main')" "$work/said"
	finish main
	refused 3 "process $(pid_of main) (workload 'main')" restore "$work/a"
}

broken-files()
{
	local i size generation

	configuration
	saved "$work/a"
	size=$(stat -c %s "$work/a")
	generation=$(status)
	for ((i = 0; i < 6; i++)); do
		head -c $((i * (size - 2) / 6)) "$work/a" >"$work/bad"
		refused 2 "'$work/bad'" restore "$work/bad"
	done
	for i in '{' '"' : n 0; do
		tr "$i" '\377' <"$work/a" >"$work/bad"
		refused 2 "'$work/bad'" restore "$work/bad"
	done
	[ "$(status)" = "$generation" ]
	saved "$work/b"
	cmp "$work/a" "$work/b"
	finish main
}

# What a careless rule of udev does, as fast as it can.
put_online()
{
	local state

	while :; do
		for state in "$blocks"*/state; do
			# It may be gone by now.
			[ "$(cat "$state")" != offline ] || echo online >"$state" || :
		done
	done 2>/dev/null
}

is_movable()
{
	[ "$(hmtctl memory list | jq -r '.[0].movable')" = true ]
}

online()
{
	local before i rule

	before=$(cat "$auto")
	at_end eval "echo $before >$auto"
	at_end hmtctl memory online dax0.0
	for i in online offline; do
		hmtctl memory offline dax0.0
		[ ! -d "${blocks%/memory}" ]
		echo "$i" >"$auto"
		put_online &
		rule=$!
		hmtctl memory online dax0.0
		kill "$rule"
		is_movable
		[ "$(cat "$auto")" = "$i" ]
	done
	hmtctl memory online dax0.0 node2
}

# By hand, as udev does it for a device that appears.
returns()
{
	chain dram=node0 cxl=node1 pmem=node2
	hmtctl save --tiers "$work/saved"
	at_end hmtctl memory online dax0.0
	start main hmt_regions name=low,mib=16,place=2 name=hot,mib=4,hot
	workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2
	go_live main
	hmtctl memory offline node2
	[ "$(on 2 main place low)" -eq 0 ]
	[ ! -d "$class/node2" ]
	refused 3 "memory 'node2' (tier 'pmem')" restore "$work/saved"
	passes main 2

	# Not in the file: not touched.
	jq 'del(.tiers.pmem) | .tiers.cxl.demotion = {}' "$work/saved" >"$work/less"
	hmtctl restore --device dax0.0 "$work/less"
	[ ! -d "$class/node2" ]
	hmtctl restore --device dax0.0 "$work/saved"
	[ "$(cat "$class/node2/tier")" = pmem ]
	demotes 1 node2
	is_movable
	configure main "limits=dram=0 cxl=0" demote_mib_per_s=max
	wait_until "$limit" on_least 2 4096 main place low

	# After a reboot there are no tiers.
	go_idle main
	remove_tiers
	hmtctl restore --device dax0.0 "$work/saved"
	demotes 1 node2
	finish main
}

held()
{
	start main hmt_regions name=pinned,mib=4,place=2,pin=16
	refused 1 "process $(pid_of main) (hmt_regions) has" \
		memory offline node2 --timeout 2
	grep -q "free elsewhere" "$work/said"
	is_movable
	[ "$(cat "$blocks"*/state | sort -u)" = online ]
	finish main
}

# share NODE NAME - per mille of the pages of a region
share()
{
	echo $(($(on "$1" "$2" place some) * 1000 / 2560))
}

run()
{
	local weights=/sys/kernel/mm/mempolicy/weighted_interleave

	chain dram=node0 cxl=node1 pmem=node2
	start one hmtctl run -q --tier cxl -- hmt_regions name=some,mib=10
	[ "$(share 1 one)" -eq 1000 ]
	finish one
	start bound hmtctl run --bind --tier pmem -- hmt_regions name=some,mib=10
	[ "$(share 2 bound)" -eq 1000 ]
	grep -q "hmtctl: run: bind of node2" "$work/bound.err"
	finish bound

	[ ! -d "$weights" ] || at_end eval "echo 0 | tee $weights/node0 $weights/node1"
	start two hmtctl run --tier dram=600,cxl=400 -- hmt_regions name=some,mib=10
	note "$(cat "$work/two.err")"
	if [ -d "$weights" ]; then
		[ "$(share 0 two)" -ge 590 ] && [ "$(share 0 two)" -le 610 ]
		[ "$(share 1 two)" -ge 390 ] && [ "$(share 1 two)" -le 410 ]
	else
		grep -q "plain interleave.*has no weights" "$work/two.err"
		[ "$(share 0 two)" -ge 490 ] && [ "$(share 0 two)" -le 510 ]
	fi
	finish two

	refused 3 "tier 'nosuch': has no node" run --tier nosuch -- true
	refused 3 "'/nosuch': No such file" run -q --tier dram -- /nosuch
	[ "$(hmtctl run -q --tier dram -- echo a -b --tier)" = "a -b --tier" ]
}

# room NODE - free above the kernel's reserves, in MiB
room()
{
	echo $(($(cat "$class/node$1/available") >> 20))
}

has_room()
{
	[ "$(room "$1")" -ge "$2" ]
}

# Huge pages that nobody uses take memory away without touching it.
take_all_but()
{
	local file=/sys/devices/system/node/node0/hugepages/hugepages-2048kB

	at_end eval "echo 0 >$file/nr_hugepages"
	echo $((($(room 0) - $1) / 2)) >"$file/nr_hugepages"
}

# The oldest pages have the fast memory, the newest and hottest have not. Then
# the cold ones make room, what is hot comes up, and new pages land there.
inversion()
{
	local size

	chain dram=node0 cxl=node1 pmem=node2
	configure_tier dram 0 0
	in_cgroup=$(cgroup some)
	# Nothing that reclaim could drop to make room.
	quiet_memory
	take_all_but 64
	start old hmt_regions name=some,mib=96
	start late hmt_regions name=some,mib=8,hot
	note "unmanaged: $(on 0 late place some) of 2048 hot pages in the top tier"
	[ "$(on 1 late place some)" -ge 512 ]

	workload main cgroup=/some scan_interval_ms=50 samples=4 \
		promote_mib_per_s=max demote_mib_per_s=max
	size=$(($(cat "$class/node0/size") >> 20))
	configure_tier dram $((16000 / size)) $((32000 / size))
	go_live main
	wait_until "$limit" on_least 0 1946 late place some
	wait_until "$limit" has_room 0 14
	start new hmt_regions name=some,mib=8,hot
	note "managed: $(on 0 new place some) of 2048 new pages landed in the top tier"
	[ "$(on 0 new place some)" -ge 1946 ]
	passes main 10
	# A program that got no CPU for some samples looked cold.
	wait_until "$limit" on_least 0 1946 new place some
	wait_until "$limit" on_least 0 1946 late place some
	go_idle main
	finish new
	finish late
	finish old
}

# configure_tier NAME LOW HIGH - watermarks, committed
configure_tier()
{
	echo "$2" >"$config/tiers/$1/low_watermark"
	echo "$3" >"$config/tiers/$1/high_watermark"
	commit
}
