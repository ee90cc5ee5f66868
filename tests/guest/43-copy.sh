# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Copies of pages by threads, and by a DMA engine, which a module of tests/modules
# simulates.

tests=(
	"engine   a DMA engine copies moved pages; without one it cannot be enabled"
	"trouble  a DMA engine that fails, is full, hangs, cannot be stopped or disappears costs time, and no page"
	"threads  threads help to copy, and are not waited for"
)

parameters=/sys/module/hmt/parameters
engine=/sys/module/hmt_test_dma/parameters
driver=/sys/bus/platform/drivers/hmt_test_dma

# copied_by HOW - pages, since the module was loaded
copied_by()
{
	cat "$parameters/copied_$1"
}

# copied_above HOW COUNT
copied_above()
{
	read -r result <"$parameters/copied_$1"
	[ "$result" -gt "$2" ]
}

expect_disabled()
{
	expect_eq "$(cat "$parameters/copy_dma")" 0 "copy_dma"
}

remove_engine()
{
	echo 0 >"$parameters/copy_dma"
	modprobe -r hmt_test_dma
}

# make_engine - a DMA engine that HMT uses until the test ends
make_engine()
{
	modprobe hmt_test_dma
	at_end remove_engine
	echo 1 >"$parameters/copy_dma"
}

# start_main - a program that compares its pages when it ends; store their range in
# $range
start_main()
{
	start_program main hmt_regions name=anon,kind=anon,place=0,mib=4
	range=$(ask_program main range anon)
}

# expect_unwritable FILE VALUE
expect_unwritable()
{
	! echo "$2" 2>/dev/null >"$1" || fail "$1 accepts '$2'"
}

# move_to NODE - move all of "main", regardless of heat
move_to()
{
	hmtctl move --to "node$1" "$(pid_of main)" "$range" >/dev/null
	expect_eq "$(pages_on "$1" main place anon)" $((4 * MIB)) \
		"pages on node $1"
}

engine()
{
	local before

	drop_caches
	commit_chain
	expect_unwritable "$parameters/copy_dma" 1
	expect_unwritable "$parameters/copy_dma" maybe
	expect_unwritable "$parameters/copy_threads" 5
	expect_unwritable "$parameters/copied_dma" 0
	expect_disabled
	make_engine
	! modprobe -r hmt_test_dma 2>/dev/null || fail "unloaded while in use"
	before=$(copied_by dma)
	start_main
	move_to 1
	expect_ge $(($(copied_by dma) - before)) 1024 "pages that the DMA engine copied"
	echo 0 >"$parameters/copy_dma"
	before=$(copied_by dma)
	move_to 2
	expect_eq "$(copied_by dma)" "$before" "pages copied by dma"
	finish_program main
}

# break_engine PARAMETER VALUE - inject a fault
break_engine()
{
	echo "$2" >"$engine/$1"
}

module_users()
{
	awk -v name="$1" '$1 == name { print $3 }' /proc/modules
}

has_users()
{
	[ "$(module_users "$1")" -eq "$2" ]
}

trouble()
{
	local before users kept

	drop_caches
	commit_chain
	make_engine
	break_engine fail_every 3
	start_main
	move_to 1
	expect_true copied_above dma 600
	break_engine fail_every 0
	break_engine take 5
	before=$(copied_by dma)
	move_to 2
	expect_true copied_above dma "$before"
	break_engine take 0
	break_engine hang 1
	move_to 1
	expect_disabled
	expect_message 'hmt: dma[^ ]* did not finish in time'
	break_engine hang 0
	echo 1 >"$parameters/copy_dma"
	before=$(copied_by dma)
	move_to 2
	expect_true copied_above dma "$before"
	users=$(module_users hmt)
	break_engine hang 1
	break_engine unstoppable 1
	hmtctl move --to node1 "$(pid_of main)" "$range" >/dev/null || :
	# Those that the engine has, of a batch of at most 64.
	kept=$(pages_on 2 main place anon)
	expect_between "$kept" 1 64 "pages of anon on node 2"
	expect_disabled
	expect_message "hmt: dma[^ ]* cannot be stopped: $kept pages and the module stay"
	break_engine hang 0
	break_engine unstoppable 0
	move_to 1
	echo 1 >"$parameters/copy_dma"
	echo hmt_test_dma >"$driver/unbind"
	move_to 2
	expect_disabled
	expect_unwritable "$parameters/copy_dma" 1
	# It has completed what it kept.
	wait_until "$limit" has_users hmt "$users"
	echo hmt_test_dma >"$driver/bind"
	echo 1 >"$parameters/copy_dma"
	before=$(copied_by dma)
	move_to 1
	expect_true copied_above dma "$before"
	finish_program main
}

# Threads are not waited for, so that one may find nothing left to copy.
threads()
{
	local before i

	drop_caches
	commit_chain
	echo 4 >"$parameters/copy_threads"
	at_end eval "echo 0 >$parameters/copy_threads"
	before=$(copied_by threads)
	start_main
	move_to 1
	for i in {1..20}; do
		! copied_above threads "$before" || break
		move_to 2
		move_to 1
	done
	expect_true copied_above threads "$before"
	finish_program main
}
