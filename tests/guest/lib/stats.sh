# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Statistics of workloads, providers, memories and edges.

# get_stat WORKLOAD NAME - of one line
get_stat()
{
	read -r result <"$config/workloads/$1/stats/$2"
}

# stat_of WORKLOAD NAME - of any number of lines
stat_of()
{
	cat "$config/workloads/$1/stats/$2"
}

# stat_is WORKLOAD NAME VALUE
stat_is()
{
	get_stat "$1" "$2" && [ "$result" = "$3" ]
}

# stat_above WORKLOAD NAME NUMBER
stat_above()
{
	get_stat "$1" "$2" && [ "$result" -gt "$3" ]
}

# wait_more WORKLOAD NAME COUNT - until the counter has grown by COUNT
wait_more()
{
	get_stat "$1" "$2"
	wait_until $((limit * 2)) stat_above "$1" "$2" $((result + $3 - 1))
}

# wait_passes WORKLOAD COUNT - until COUNT more passes are complete
wait_passes()
{
	wait_more "$1" passes "$2"
}

# wait_samples WORKLOAD COUNT - until COUNT more samples are complete; between surveys
# passes have none
wait_samples()
{
	wait_more "$1" samples_taken "$2"
}

# Columns of stats/providers after the name.
provider_columns=(hits reports dropped rejected errors ns stalled)

# provider_stat PROVIDER COLUMN [WORKLOAD] - COLUMN by its name
provider_stat()
{
	local name=$1 column=$2 workload=${3-main} words i

	while read -r -a words; do
		[ "${words[0]}" = "$name" ] || continue
		for i in "${!provider_columns[@]}"; do
			[ "${provider_columns[i]}" != "$column" ] || {
				echo "${words[i + 1]}"
				return
			}
		done
		fail "stats/providers has no column '$column'"
	done <"$config/workloads/$workload/stats/providers"
	fail "workload $workload has no provider '$name'"
}

# heat_of PROGRAM - pages that the program accesses and pages that the heat of the
# last pass shows, compared: "hot=COUNT missed=COUNT wrong=COUNT"
heat_of()
{
	local trace=/sys/kernel/tracing/trace
	local event=/sys/kernel/tracing/events/hmt/hmt_heat/enable

	echo >"$trace"
	echo 1 >"$event"
	wait_passes main 2
	echo 0 >"$event"
	ask_program "$1" heat "$trace"
}

# memory_attribute MEMORY NAME
memory_attribute()
{
	cat "$class/$1/$2"
}

# attribute_is MEMORY NAME VALUE
attribute_is()
{
	# An empty attribute may have no line.
	result=
	read -r result <"$class/$1/$2" || :
	[ "$result" = "$3" ]
}

# expect_attribute MEMORY NAME VALUE
expect_attribute()
{
	expect_path "$class/$1/$2"
	expect_eq "$(memory_attribute "$1" "$2")" "$3" "$2 of $1"
}

# edge_counter FROM TO NAME - FROM and TO are numbers of nodes
edge_counter()
{
	cat "$class/node$1/edges/node$2/$3"
}

# edge_counter_above FROM TO NAME NUMBER
edge_counter_above()
{
	read -r result <"$class/node$1/edges/node$2/$3" && [ "$result" -gt "$4" ]
}

# get_edge_total NAME - sum of a counter over all edges
get_edge_total()
{
	local file value sum=0

	for file in "$class"/*/edges/*/"$1"; do
		if read -r value <"$file"; then
			sum=$((sum + value))
		fi
	done 2>/dev/null
	result=$sum
}

edge_total()
{
	get_edge_total "$1"
	echo "$result"
}

# edge_total_above NAME NUMBER
edge_total_above()
{
	get_edge_total "$1"
	[ "$result" -gt "$2" ]
}

# get_moves_in WORKLOAD PASSES - pages that move during PASSES more passes
get_moves_in()
{
	local before

	get_edge_total moved
	before=$result
	wait_passes "$1" "$2"
	get_edge_total moved
	result=$((result - before))
}

moves_in()
{
	get_moves_in "$@"
	echo "$result"
}

# is_settled WORKLOAD - nothing moves during three passes
is_settled()
{
	get_moves_in "$1" 3
	[ "$result" -eq 0 ]
}

# expect_steady WORKLOAD PASSES [MOST] - wait until nothing moves; then nothing moves, or
# at most MOST pages do, during PASSES more passes. Where two workloads share a tier,
# a few pages of stacks and libraries come and go with the work of their programs.
expect_steady()
{
	wait_until $((limit * 2)) is_settled "$1"
	get_moves_in "$1" "$2"
	expect_le "$result" "${3-0}" "pages that moved though nothing has changed"
}
