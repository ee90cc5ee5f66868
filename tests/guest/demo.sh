#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo, run in the guest by tests/demo: HMT places the hot, warm and cold pages
# of a consumer of memory in three tiers, and again after the hot set has changed.
# The kernel reports where pages are (move_pages(2)), and HMT how many it moved.
#
# usage: demo.sh DIR    DIR is where the picture of the graph goes
#
# HMT_DEMO_PART: the sets have that part of their sizes, as a number to divide by.

set -euo pipefail

# Sizes in MiB. Together they exceed the DRAM of the topology "three", which first
# touch fills with cold pages, unless they are a part.
part=${HMT_DEMO_PART-1}
hot=$((64 / part)) warm=$((160 / part)) cold=$((512 / part))

# A tier may hold its set and a little more, for pages of the program itself and
# pages that are moving. The next warmest pages fill this room, so that it must be
# small compared with the tolerance of the other sets.
dram_limit=$((hot + 4))M
cxl_limit=$((warm + 6))M

# Per mille of a set that must be in their tier,
declare -A wanted=([hot]=950 [warm]=900 [cold]=950)
# number of successive rows of the table in which they must be there,
rows_wanted=3
# and time limit in seconds.
phase_limit=150

# shellcheck source=SCRIPTDIR/demo-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/demo-lib.sh"

classes=/sys/class/hmt
workloads=/sys/kernel/config/hmt/workloads
tiers=(dram cxl pmem)
sets=(hot warm cold)
nodes=()
summary=()
edges=()

#
# Numbers. The guest is slow and prints the table once a second, so that functions
# start no processes and store results in variables.
#

# pages_on NODE TEXT - set $pages from JSON such as "0":12,"1":34
pages_on()
{
	pages=0
	[[ ! ,$2 =~ ,\"$1\":([0-9]+) ]] || pages=${BASH_REMATCH[1]}
}

# place - store the number of pages of each set in each tier in placed[SET,TIER]
declare -A placed
place()
{
	local answer set i on pages

	say place >&"$ask"
	wait_for_answer
	for set in "${sets[@]}"; do
		[[ $answer =~ \"$set\":\{([^}]*)\} ]] ||
			die "the consumer answers '$answer'"
		on=${BASH_REMATCH[1]}
		for i in "${!tiers[@]}"; do
			pages_on "${nodes[i]}" "$on"
			placed[$set,${tiers[i]}]=$pages
		done
	done
}

# count_moved - store the counters in moved[EDGE], and the last ones in before[EDGE];
# EDGE is "node0/node1"
declare -A moved before
count_moved()
{
	local file edge

	for edge in "${!moved[@]}"; do
		before[$edge]=${moved[$edge]}
	done
	for file in "$classes"/*/edges/*/moved; do
		[ -e "$file" ] || continue
		edge=${file#"$classes"/}
		edge=${edge%/moved}
		read -r "moved[${edge/\/edges/}]" <"$file"
	done
}

# read_clock - set $now, in ms
read_clock()
{
	read -r now _ </proc/uptime
	now=$((10#${now/./} * 10))
}

# share SET TIER - set $per_mille and $per_cent to the part of the set that is there
share()
{
	local mib=$1

	per_mille=$((placed[$1,$2] * 1000 / (${!mib} * 256)))
	per_cent="$((per_mille / 10)).$((per_mille % 10)) %"
}

# find_lack - set $lack to a description of the sets that are not in their tier; it is
# empty if there are none
find_lack()
{
	local i set per_mille per_cent

	lack=
	for i in "${!sets[@]}"; do
		set=${sets[i]}
		share "$set" "${tiers[i]}"
		[ "$per_mille" -lt "${wanted[$set]}" ] || continue
		lack+="${lack:+, }$per_cent of the $set pages are in ${tiers[i]} instead of $((wanted[$set] / 10)) %"
	done
}

#
# The table.
#

table_head()
{
	printf '\n%7s  %-6s %-5s %7s %7s %7s   %s\n' \
		time memory tier hot warm cold "pages a second to"
}

# find_rates I MS - set $rates to the rates of moves from memory I to each other one
find_rates()
{
	local to edge text

	rates=
	for to in "${!nodes[@]}"; do
		edge=node${nodes[$1]}/node${nodes[to]}
		[ -n "${moved[$edge]-}" ] || continue
		printf -v text '  %s %6d' "${tiers[to]}" \
			$(((moved[$edge] - ${before[$edge]:-0}) * 1000 / $2))
		rates+=$text
	done
}

# table_block SECONDS MS - print the placement, and moves in the last MS
table_block()
{
	local i tier when="$1 s" rates

	for i in "${!tiers[@]}"; do
		tier=${tiers[i]}
		find_rates "$i" "$2"
		printf '%7s  %-6s %-5s %7d %7d %7d %s\n' "$when" \
			"node${nodes[i]}" "$tier" "${placed[hot,$tier]}" \
			"${placed[warm,$tier]}" "${placed[cold,$tier]}" "$rates"
		when=
	done
}

# remember WHEN - store the placement for the summary
remember()
{
	local when=$1 i set line per_mille per_cent

	for i in "${!sets[@]}"; do
		set=${sets[i]}
		share "$set" "${tiers[i]}"
		printf -v line '%-22s %-4s %8d %8d %8d  %7s in %s' "$when" \
			"$set" "${placed[$set,dram]}" "${placed[$set,cxl]}" \
			"${placed[$set,pmem]}" "$per_cent" "${tiers[i]}"
		summary+=("$line")
		when=
	done
}

# sleep_until MS
sleep_until()
{
	local now

	read_clock
	[ "$1" -le "$now" ] || sleep "$(printf '0.%03d' $(($1 - now)))"
}

# give_up TEXT - with the state of the workload
give_up()
{
	(cd "$workloads/demo/stats" && grep -s . -- *) || :
	die "$1"
}

# print_until_placed WHAT - print the table once a second until all sets are in their
# tiers; set $took to the seconds until then
print_until_placed()
{
	local begin now last rows=0 lines=0 lack

	read_clock
	begin=$now
	count_moved
	while [ "$rows" -lt "$rows_wanted" ]; do
		last=$now
		sleep_until $((last + 999))
		place
		count_moved
		read_clock
		[ $((lines++ % 8)) -ne 0 ] || table_head
		table_block $(((now - begin) / 1000)) $((now - last))
		find_lack
		if [ -n "$lack" ]; then
			rows=0
			[ $((now - begin)) -lt $((phase_limit * 1000)) ] ||
				give_up "$1 not reached in $phase_limit s: $lack"
		else
			[ "$rows" -ne 0 ] || took=$(((now - begin + 999) / 1000))
			rows=$((rows + 1))
		fi
	done
	printf '\n%s\n' "$1 reached after $took s"
}

#
# The steps.
#

prepare()
{
	title "Three memories: DRAM, memory behind CXL, an NVDIMM as a node"
	say "\$ vm-pmem"
	nodes=(0 1 "$(vm-pmem)")
	say "${nodes[2]}"
	load_hmt
	hmtctl list --memories --table
}

define_graph()
{
	title "The graph: dram -> cxl -> pmem"
	make_chain "dram=node${nodes[0]}" "cxl=node${nodes[1]}" \
		"pmem=node${nodes[2]}"
	commit_graph
}

start_consumer()
{
	local answer

	title "A consumer: $hot MiB hot, $warm MiB warm, $cold MiB cold"
	coproc CONSUMER {
		exec hmt_consumer --hot "$hot" --warm "$warm" --cold "$cold"
	}
	program=$CONSUMER_PID
	attach "${CONSUMER[@]}"
	wait_for_answer
	say "$answer"
	say "It touched cold pages first, and DRAM has most of them:"
	place
	table_head
	table_block 0 1000
	remember "first touch"
}

start_workload()
{
	title "HMT takes over"
	hmtctl workload create demo --add-pid "$program" \
		--limits "dram=$dram_limit cxl=$cxl_limit" --start
	print_until_placed "The right placement"
	remember "HMT, after $took s"
}

change_hot_set()
{
	title "The hot set changes: it becomes cold, and an equal part of the cold set becomes hot"
	kill -USR1 "$program"
	print_until_placed "The right placement of the new hot set"
	remember "changed, after $took s"
}

stop_consumer()
{
	local status=0

	title "The consumer compares every byte"
	exec {ask}>&-
	kill -TERM "$program"
	wait "$program" || status=$?
	program=
	read -r verified <&"$told" || verified="verify: no answer"
	say "$verified"
	[ "$status" -eq 0 ] || die "the consumer ended with status $status"
}

# keep_results DIR - the picture and the counters, before the graph is removed
keep_results()
{
	local from to edge line

	command hmtctl list --dot >"$1/graph.dot"
	grep -qF '\npmem ' "$1/graph.dot" ||
		die "the picture does not name the persistent memory"
	count_moved
	for from in "${!nodes[@]}"; do
		for to in "${!nodes[@]}"; do
			edge=node${nodes[from]}/node${nodes[to]}
			[ -n "${moved[$edge]-}" ] || continue
			printf -v line '%-27s %8d' \
				"${tiers[from]} -> ${tiers[to]}" "${moved[$edge]}"
			edges+=("$line")
		done
	done
}

print_summary()
{
	title "Summary, in pages of 4 KiB, placement as the kernel reports it"
	printf '%-22s %-4s %8s %8s %8s\n' when set dram cxl pmem
	printf '%s\n' "${summary[@]}"
	say ""
	printf '%-27s %8s\n' "moved by HMT" pages
	printf '%s\n' "${edges[@]}"
	say ""
	say "$verified"
	say "DEMO PASSED"
}

main()
{
	[ $# -eq 1 ] || die "usage: demo.sh DIR"
	trap clean_up EXIT
	prepare
	define_graph
	start_consumer
	start_workload
	change_hot_set
	keep_results "$1"
	stop_consumer
	remove_all demo dram cxl pmem
	print_summary
}

main "$@"
