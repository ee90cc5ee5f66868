# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Twenty-four CPUs and eight nodes: costs that must not grow with the number of CPUs.

tests=(
	"route         CPUs that are online add less to a question of the router than reading one counter of each for each node"
)

parameters=/sys/module/hmt_test_route/parameters

# set_cpus FIRST LAST 0|1 - take these CPUs offline or online
set_cpus()
{
	local cpu

	for ((cpu = $1; cpu <= $2; cpu++)); do
		echo "$3" >"/sys/devices/system/cpu/cpu$cpu/online"
	done
}

# get_costs - least ns of a question and of the counters with the CPUs of now
#
# The host is busy at times, which a module that is loaded once may see all the time.
get_costs()
{
	local try question='' counters=''

	for try in 1 2 3 4 5; do
		modprobe hmt_test_route
		result=$(<"$parameters/question_ns")
		[ "${question:-$result}" -lt "$result" ] || question=$result
		result=$(<"$parameters/counters_ns")
		[ "${counters:-$result}" -lt "$result" ] || counters=$result
		rmmod hmt_test_route
	done
	note "$(nproc) CPUs: $question ns a question, $counters ns for the counters"
	result="$question $counters"
}

# The counters are the least that counting free pages in per-CPU lists takes. The other
# parts of a question may take longer than the counters of 24 CPUs, as on Linux 7.3.
route()
{
	local question counters few_question few_counters

	expect_eq "$(nproc)" 24 "CPUs"
	commit_chain a=node0 "b=node1 node2 node3" "c=node4 node5 node6 node7"
	get_costs
	read -r question counters <<<"$result"
	at_end set_cpus 8 23 1
	set_cpus 8 23 0
	get_costs
	read -r few_question few_counters <<<"$result"
	expect_lt $((question - few_question)) $((counters - few_counters)) \
		"ns that 16 CPUs add to a question"
}
