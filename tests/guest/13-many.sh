# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Twenty-four CPUs and eight nodes: costs that must not grow with the number of CPUs.

tests=(
	"route         a question of the router costs less than reading one counter of each CPU for each node"
)

# The counters are the least that counting free pages in per-CPU lists takes: the
# comparison is one within the guest, and every emulated CPU slows down both sides.
route()
{
	local parameters=/sys/module/hmt_test_route/parameters

	expect_eq "$(nproc)" 24 "CPUs"
	commit_chain a=node0 "b=node1 node2 node3" "c=node4 node5 node6 node7"
	modprobe hmt_test_route
	note "$(cat "$parameters/question_ns") ns a question, $(cat "$parameters/counters_ns") ns for the counters"
	expect_lt "$(cat "$parameters/question_ns")" "$(cat "$parameters/counters_ns")" \
		"ns for a question"
	rmmod hmt_test_route
}
