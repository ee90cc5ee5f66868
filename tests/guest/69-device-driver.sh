# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What drivers of devices may offer, besides copies one after the other: copies from
# device to device and copies that are waited for later.

tests=(
	"advised   a device that touches a page of its program brings no neighbour that has no advice"
)

advised()
{
	local pid

	load_hmt
	load_sims 4
	set_bounce 0 0
	start_program main hmt_sim_app 1 sim0
	pid=$(pid_of main)
	hmtctl follow "$pid" "$(array_part 19 1)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 1 "pages on sim0"
	hmtctl follow "$pid" "$(array_part 32 16)"
	hmtctl read-mostly "$pid" "$(array_part 40 1)"
	tell_program main "sum 0"
	expect_eq "$(pages_on_sim 0)" 16 "pages on sim0"
	finish_program main
}
