# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Tags of memory, which arm64 has besides the content of pages.

tests=(
	"moves   pages that move between nodes keep their tags"
	"engine  tags survive a DMA engine, which copies bytes only"
	"device  tagged pages do not move to a device"
)

# move_tagged - move pages of the program "main" down and up
move_tagged()
{
	commit_chain
	start_program main hmt_tags 4
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		promote_mib_per_s=max demote_mib_per_s=max
	go_live main
	toggle_limits main
	wait_until "$limit" stat_above main demoted 500
	go_idle main
	finish_program main
}

moves()
{
	load_hmt
	move_tagged
}

engine()
{
	local parameters=/sys/module/hmt/parameters

	load_hmt
	modprobe hmt_test_dma
	at_end eval "echo 0 >$parameters/copy_dma; modprobe -r hmt_test_dma"
	echo 1 >$parameters/copy_dma
	move_tagged
	# The engine was not disabled for an error.
	expect_eq "$(cat $parameters/copy_dma)" 1 "copy_dma"
	note "$(cat $parameters/copied_dma) pages without tags were left to the engine"
}

device()
{
	load_hmt
	load_sims 16
	commit_chain dram=node0 dev=sim0
	start_program main hmt_tags 4
	create_workload main "pids=$(pid_of main)" scan_interval_ms=50 samples=2 \
		demote_mib_per_s=max limits=dram=0
	go_live main
	wait_until "$limit" stat_above main skipped_policy 500
	# Other memory of the program has no tags.
	expect_lt "$(pages_on_sim 0)" $((2 * MIB)) "pages on sim0"
	go_idle main
	finish_program main
}
