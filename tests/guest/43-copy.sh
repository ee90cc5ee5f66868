# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# How pages are copied: by threads, and by a DMA engine, for which a module of
# tests/modules stands in.

tests=(
	"engine   a DMA engine copies what is moved; without one it cannot be asked for"
	"trouble  an engine that fails, is full, hangs, cannot be stopped or goes away costs time, no page"
	"threads  threads help to copy, and are not waited for"
)

parameters=/sys/module/hmt/parameters
engine=/sys/module/hmt_test_dma/parameters
driver=/sys/bus/platform/drivers/hmt_test_dma

# copied HOW - pages, since the module was loaded
copied()
{
	cat "$parameters/copied_$1"
}

# copied_above HOW COUNT
copied_above()
{
	[ "$(copied "$1")" -gt "$2" ]
}

is_off()
{
	[ "$(cat "$parameters/copy_dma")" = 0 ]
}

give_back()
{
	echo 0 >"$parameters/copy_dma"
	modprobe -r hmt_test_dma
}

# make_engine - one that HMT uses, until the test ends
make_engine()
{
	modprobe hmt_test_dma
	at_end give_back
	echo 1 >"$parameters/copy_dma"
}

# start_main - a program that compares what it has at the end
start_main()
{
	start main hmt_regions name=anon,kind=anon,place=0,mib=4
	range=$(ask main range anon)
}

# refuses FILE VALUE
refuses()
{
	! echo "$2" 2>/dev/null >"$1" || fail "$1 takes '$2'"
}

# to NODE - move all of it there, without looking at its heat
to()
{
	hmtctl move --to "node$1" "$(pid_of main)" "$range" >/dev/null
	[ "$(on "$1" main place anon)" -eq 1024 ]
}

engine()
{
	local before

	quiet_memory
	chain
	refuses "$parameters/copy_dma" 1
	refuses "$parameters/copy_dma" maybe
	refuses "$parameters/copy_threads" 5
	refuses "$parameters/copied_dma" 0
	is_off
	make_engine
	! modprobe -r hmt_test_dma 2>/dev/null || fail "gone while in use"
	before=$(copied dma)
	start_main
	to 1
	[ $(($(copied dma) - before)) -ge 1024 ]
	echo 0 >"$parameters/copy_dma"
	before=$(copied dma)
	to 2
	[ "$(copied dma)" -eq "$before" ]
	finish main
}

# break_engine PARAMETER VALUE - it does not do what it is to do
break_engine()
{
	echo "$2" >"$engine/$1"
}

trouble()
{
	local before

	quiet_memory
	chain
	make_engine
	break_engine fail_every 3
	start_main
	to 1
	copied_above dma 600
	break_engine fail_every 0
	break_engine take 5
	before=$(copied dma)
	to 2
	copied_above dma "$before"
	break_engine take 0
	break_engine hang 1
	to 1
	is_off
	dmesg | grep -q 'hmt: dma[^ ]* did not finish in time'
	break_engine hang 0
	echo 1 >"$parameters/copy_dma"
	before=$(copied dma)
	to 2
	copied_above dma "$before"
	break_engine hang 1
	break_engine unstoppable 1
	hmtctl move --to node1 "$(pid_of main)" "$range" >/dev/null || :
	[ "$(on 2 main place anon)" -eq 64 ]
	is_off
	dmesg | grep -q 'hmt: dma[^ ]* cannot be stopped: [0-9]* pages are lost'
	break_engine hang 0
	break_engine unstoppable 0
	to 1
	echo 1 >"$parameters/copy_dma"
	echo hmt_test_dma >"$driver/unbind"
	to 2
	is_off
	refuses "$parameters/copy_dma" 1
	echo hmt_test_dma >"$driver/bind"
	echo 1 >"$parameters/copy_dma"
	before=$(copied dma)
	to 1
	copied_above dma "$before"
	finish main
}

# They are not waited for, so that those with little to do may come too late.
threads()
{
	local before i

	quiet_memory
	chain
	echo 4 >"$parameters/copy_threads"
	at_end eval "echo 0 >$parameters/copy_threads"
	before=$(copied threads)
	start_main
	to 1
	for i in {1..20}; do
		! copied_above threads "$before" || break
		to 2
		to 1
	done
	copied_above threads "$before"
	finish main
}
